//! The features of single resource groups: each file under `spec/` has one, a service is the sum of its
//! own, and each can be read alone.

#[path = "../build/mod.rs"]
#[allow(dead_code, unreachable_pub)]
mod build;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use build::features::Features;
use build::spec::Merged;
use build::{SERVICES, Service, merged, normalise, operations};

type Declared = BTreeMap<String, Vec<String>>;

/// The features of the crate and what each turns on, as cargo reads them.
fn declared() -> Declared {
    let cargo = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--offline",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value =
        serde_json::from_slice(&cargo.stdout).expect("cargo tells of the crate");
    serde_json::from_value(metadata["packages"][0]["features"].clone()).expect("a map of features")
}

/// A feature and all that it turns on.
fn closure(declared: &Declared, feature: &str) -> BTreeSet<String> {
    let mut open = vec![feature.to_owned()];
    let mut on = BTreeSet::new();
    while let Some(name) = open.pop() {
        open.extend(declared.get(&name).cloned().unwrap_or_default());
        on.insert(name);
    }
    on
}

/// An interface with its descriptions.
struct Described {
    service: &'static Service,
    whole: Merged,
}

impl Described {
    /// The feature of each resource group.
    fn groups(&self) -> impl Iterator<Item = String> {
        let groups = self.whole.groups.iter();
        groups.map(|group| format!("{}-{}", self.service.groups, group.stem))
    }
}

/// Every interface of the crate.
fn described() -> Vec<Described> {
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("spec");
    let described = SERVICES.iter().map(|service| Described {
        service,
        whole: merged(&spec, service).expect("the descriptions fit together"),
    });
    described.collect()
}

/// Those with several groups: a single one needs no feature of its own.
fn divided() -> impl Iterator<Item = Described> {
    described()
        .into_iter()
        .filter(|described| described.whole.groups.len() > 1)
}

#[test]
fn a_service_is_the_sum_of_its_groups() {
    let declared = declared();
    for described in divided() {
        let feature = described.service.feature;
        let on = closure(&declared, feature);
        for group in described.groups() {
            assert!(
                declared.contains_key(&group),
                "Cargo.toml has no feature `{group}`"
            );
            assert!(on.contains(&group), "`{feature}` leaves out `{group}`");
        }
    }
}

#[test]
fn no_feature_stands_for_a_group_that_is_gone() {
    let declared = declared();
    let described = described();
    let groups: BTreeSet<String> = described.iter().flat_map(Described::groups).collect();
    for service in SERVICES {
        for name in declared.keys() {
            let of_a_group = name.starts_with(&format!("{}-", service.feature));
            assert!(
                !of_a_group || groups.contains(name),
                "no file describes `{name}`"
            );
        }
    }
}

#[test]
fn each_group_stands_alone() {
    let declared = declared();
    for described in divided() {
        for group in described.groups() {
            let on: Features = closure(&declared, &group).into_iter().collect();
            let mut part = described.whole.clone();
            on.narrow(&mut part, described.service);
            let read =
                normalise::schemas(&part).and_then(|schemas| operations::read(&part, schemas));
            if let Err(problems) = read {
                panic!("`{group}` needs more than it turns on: {problems:#?}");
            }
        }
    }
}
