//! The build script: load → merge → narrow → normalise → write, once for each enabled service.
//!
//! progenitor writes the types. The calls are written here: each is a thin request struct over
//! the crate's own transport, which progenitor's client would only stand in the way of.

pub mod arguments;
pub mod calls;
pub mod documentation;
pub mod enums;
pub mod features;
pub mod groups;
pub mod layout;
pub mod links;
pub mod model;
pub mod names;
pub mod normalise;
pub mod operations;
pub mod pages;
pub mod problem;
pub mod requests;
pub mod schemas;
pub mod siblings;
pub mod spec;
pub mod table;
pub mod types;

use std::path::{Path, PathBuf};

use features::Features;
use problem::Problem;
use spec::Merged;

/// A service as the build script sees it: one folder of descriptions, one generated file.
pub struct Service {
    /// The cargo feature that turns all of it on.
    pub feature: &'static str,
    /// What the features of its resource groups begin with.
    pub groups: &'static str,
    /// The `cfg` of the crate that is set where at least one of its groups is on.
    pub cfg: &'static str,
    /// Its folder under `spec/`.
    pub folder: &'static str,
    /// The name of the generated file in `OUT_DIR`.
    pub output: &'static str,
    /// The module of the crate that includes the generated file.
    pub module: &'static str,
    /// An older interface of the same service, as its folder and its module within this one's: groups
    /// that only it has are offered by this interface's client too.
    pub older: Option<(&'static str, &'static str)>,
}

impl Service {
    fn older(&self) -> Option<(&'static Service, &'static str)> {
        let (folder, module) = self.older?;
        let older = SERVICES.iter().find(|service| service.folder == folder)?;
        Some((older, module))
    }
}

/// Every interface that the crate knows.
pub const SERVICES: &[Service] = &[
    Service {
        feature: "confluence-dc",
        groups: "confluence-dc",
        cfg: "confluence_dc",
        folder: "confluence-dc",
        output: "confluence_dc.rs",
        module: "crate::confluence_dc",
        older: None,
    },
    Service {
        feature: "confluence-cloud",
        groups: "confluence-cloud-v1",
        cfg: "confluence_cloud",
        folder: "confluence-cloud/v1",
        output: "confluence_cloud_v1.rs",
        module: "crate::confluence_cloud::v1",
        older: None,
    },
    Service {
        feature: "confluence-cloud",
        groups: "confluence-cloud",
        cfg: "confluence_cloud",
        folder: "confluence-cloud/v2",
        output: "confluence_cloud.rs",
        module: "crate::confluence_cloud",
        older: Some(("confluence-cloud/v1", "v1")),
    },
    Service {
        feature: "onezone",
        groups: "onezone",
        cfg: "onezone",
        folder: "onezone",
        output: "onezone.rs",
        module: "crate::onezone",
        older: None,
    },
    Service {
        feature: "workspaces",
        groups: "workspaces",
        cfg: "workspaces",
        folder: "workspaces",
        output: "workspaces.rs",
        module: "crate::workspaces",
        older: None,
    },
];

/// Generates what is on of every service.
pub fn run() -> Result<(), Vec<Problem>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    let spec = PathBuf::from(env("CARGO_MANIFEST_DIR")).join("spec");
    let out = PathBuf::from(env("OUT_DIR"));
    let features = Features::of_this_build();
    for service in SERVICES {
        println!("cargo::rustc-check-cfg=cfg({})", service.cfg);
        if !features.want(service) {
            continue;
        }
        println!("cargo::rustc-cfg={}", service.cfg);
        println!(
            "cargo::rerun-if-changed={}",
            spec.join(service.folder).display()
        );
        let generated = generate(&spec, service, &features)?;
        write(&out.join(service.output), &generated.code)?;
        if features.has("testing") {
            let calls = format!("calls_{}", service.output);
            write(&out.join(calls), &generated.calls)?;
        }
    }
    Ok(())
}

/// What one folder of descriptions becomes.
pub struct Generated {
    /// Types, handles, request structs and the table of operations.
    pub code: String,
    /// A function that calls every operation with sampled values; for the crate's own tests.
    pub calls: String,
}

/// Reads the descriptions of a service below `spec` and writes its code, as far as its groups are on.
pub fn generate(
    spec: &Path,
    service: &Service,
    features: &Features,
) -> Result<Generated, Vec<Problem>> {
    let written = read(spec, service, features)?;
    let types = types::write(&written)?;
    let enums = enums::write(&written);
    let mut groups = groups::write(&written);
    if let Some((older, module)) = service.older() {
        let mut part = merged(spec, older)?;
        features.narrow(&mut part, older);
        groups.extend(groups::delegate(&part, &written, module));
    }
    let code = print(quote::quote! {
        #groups
        /// The types that requests are made of and answers are parsed into.
        #[allow(clippy::all)]
        pub mod types {
            #types
            #enums
        }
    })?;
    let calls = print(calls::write(&written, service.module))?;
    Ok(Generated { code, calls })
}

/// Reads what is to be written of a service.
pub fn read(
    spec: &Path,
    service: &Service,
    features: &Features,
) -> Result<model::Service, Vec<Problem>> {
    let whole = merged(spec, service)?;
    let mut part = whole.clone();
    features.narrow(&mut part, service);
    let schemas = normalise::schemas(&part)?;
    let mut read = operations::read(&part, schemas)?;
    siblings::mark(&mut read, &whole.operations);
    links::link(&mut read, service.module);
    Ok(read)
}

/// The descriptions of a service as one.
pub fn merged(spec: &Path, service: &Service) -> Result<Merged, Vec<Problem>> {
    spec::merge(spec::load(&spec.join(service.folder))?)
}

fn print(tokens: proc_macro2::TokenStream) -> Result<String, Vec<Problem>> {
    let file = syn::parse2(tokens).map_err(|error| {
        vec![Problem::new(
            "build",
            format!("the generated code does not parse: {error}"),
        )]
    })?;
    Ok(prettyplease::unparse(&file))
}

fn write(path: &Path, text: &str) -> Result<(), Vec<Problem>> {
    std::fs::write(path, text).map_err(|error| {
        vec![Problem::new(
            path.display(),
            format!("cannot be written: {error}"),
        )]
    })
}

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}
