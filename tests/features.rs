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
use build::{SERVICES, Service, normalise, operations, spec};

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

/// The descriptions of a service.
fn merged(service: &Service) -> Merged {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("spec")
        .join(service.folder);
    let documents = spec::load(&folder).expect("the folder can be read");
    spec::merge(documents).expect("the descriptions fit together")
}

/// The feature of each resource group of a service.
fn groups(service: &Service) -> Vec<String> {
    let groups = merged(service).groups;
    let names = groups.iter().map(|group| &group.stem);
    names
        .map(|stem| format!("{}-{stem}", service.groups))
        .collect()
}

/// A service with a single group needs no feature for it.
fn divided() -> impl Iterator<Item = &'static Service> {
    SERVICES.iter().filter(|service| groups(service).len() > 1)
}

#[test]
fn a_service_is_the_sum_of_its_groups() {
    let declared = declared();
    for service in divided() {
        let on = closure(&declared, service.feature);
        for group in groups(service) {
            assert!(
                declared.contains_key(&group),
                "Cargo.toml has no feature `{group}`"
            );
            assert!(
                on.contains(&group),
                "`{}` leaves out `{group}`",
                service.feature
            );
        }
    }
}

#[test]
fn no_feature_stands_for_a_group_that_is_gone() {
    let described: BTreeSet<String> = SERVICES.iter().flat_map(groups).collect();
    for service in SERVICES {
        for name in declared().keys() {
            let of_a_group = name.starts_with(&format!("{}-", service.feature));
            assert!(
                !of_a_group || described.contains(name),
                "no file describes `{name}`"
            );
        }
    }
}

#[test]
fn each_group_stands_alone() {
    let declared = declared();
    for service in divided() {
        let whole = merged(service);
        for group in groups(service) {
            let on: Features = closure(&declared, &group).into_iter().collect();
            let mut part = whole.clone();
            on.narrow(&mut part, service);
            let read =
                normalise::schemas(&part).and_then(|schemas| operations::read(&part, schemas));
            if let Err(problems) = read {
                panic!("`{group}` needs more than it turns on: {problems:#?}");
            }
        }
    }
}
