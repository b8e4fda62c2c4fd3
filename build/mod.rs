//! The build script: load → merge → normalise → write, once for each enabled service.
//!
//! progenitor writes the types. The calls are written here: each is a thin request struct over
//! the crate's own transport, which progenitor's client would only stand in the way of.

pub mod calls;
pub mod enums;
pub mod groups;
pub mod layout;
pub mod links;
pub mod model;
pub mod normalise;
pub mod problem;
pub mod requests;
pub mod siblings;
pub mod spec;
pub mod types;

use std::path::{Path, PathBuf};

use problem::Problem;

/// A service as the build script sees it: one folder of descriptions, one generated file.
pub struct Service {
    /// The cargo feature that turns it on.
    pub feature: &'static str,
    /// Its folder under `spec/`.
    pub folder: &'static str,
    /// The name of the generated file in `OUT_DIR`.
    pub output: &'static str,
    /// The module of the crate that includes the generated file.
    pub module: &'static str,
    /// An older interface of the same service, as its folder and module: groups that only it has are
    /// offered by this interface's client too.
    pub older: Option<(&'static str, &'static str)>,
}

/// Every interface that the crate knows.
pub const SERVICES: &[Service] = &[
    Service {
        feature: "confluence-dc",
        folder: "confluence-dc",
        output: "confluence_dc.rs",
        module: "crate::confluence_dc",
        older: None,
    },
    Service {
        feature: "confluence-cloud",
        folder: "confluence-cloud/v1",
        output: "confluence_cloud_v1.rs",
        module: "crate::confluence_cloud::v1",
        older: None,
    },
    Service {
        feature: "confluence-cloud",
        folder: "confluence-cloud/v2",
        output: "confluence_cloud.rs",
        module: "crate::confluence_cloud",
        older: Some(("confluence-cloud/v1", "v1")),
    },
    Service {
        feature: "onezone",
        folder: "onezone",
        output: "onezone.rs",
        module: "crate::onezone",
        older: None,
    },
    Service {
        feature: "workspaces",
        folder: "workspaces",
        output: "workspaces.rs",
        module: "crate::workspaces",
        older: None,
    },
];

/// Generates every service whose feature is on.
pub fn run() -> Result<(), Vec<Problem>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    let root = PathBuf::from(env("CARGO_MANIFEST_DIR"));
    let out = PathBuf::from(env("OUT_DIR"));
    for service in SERVICES.iter().filter(|service| enabled(service.feature)) {
        let folder = root.join("spec").join(service.folder);
        println!("cargo::rerun-if-changed={}", folder.display());
        let older = service
            .older
            .map(|(folder, module)| (root.join("spec").join(folder), module));
        let generated = generate(&folder, service.module, older)?;
        write(&out.join(service.output), &generated.code)?;
        if enabled("testing") {
            write(
                &out.join(format!("calls_{}", service.output)),
                &generated.calls,
            )?;
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

/// Reads one folder of descriptions and writes the code of its service, which will live in
/// `module`.
pub fn generate(
    folder: &Path,
    module: &str,
    older: Option<(PathBuf, &str)>,
) -> Result<Generated, Vec<Problem>> {
    let documents = spec::load(folder)?;
    let merged = spec::merge(documents)?;
    let schemas = normalise::schemas(&merged)?;
    let mut service = model::read(&merged, schemas)?;
    siblings::mark(&mut service);
    links::link(&mut service, module);
    let types = types::write(&service)?;
    let enums = enums::write(&service);
    let mut groups = groups::write(&service);
    if let Some((folder, module)) = older {
        let older = spec::merge(spec::load(&folder)?)?;
        groups.extend(groups::delegate(&older, &service, module));
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
    let calls = print(calls::write(&service, module))?;
    Ok(Generated { code, calls })
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

fn enabled(feature: &str) -> bool {
    let name = format!("CARGO_FEATURE_{}", feature.to_uppercase().replace('-', "_"));
    std::env::var_os(name).is_some()
}
