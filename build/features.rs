//! Which resource groups are written: an application may turn on only those that it uses.

use std::collections::BTreeSet;

use crate::build::Service;
use crate::build::spec::Merged;

/// The cargo features that are on.
pub struct Features(BTreeSet<String>);

impl Features {
    /// The features that cargo builds the crate with.
    pub fn of_this_build() -> Self {
        std::env::vars()
            .filter_map(|(name, _)| name.strip_prefix("CARGO_FEATURE_").map(named))
            .collect()
    }

    /// Whether this feature is on.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// Whether the service is on, at least one of its groups.
    pub fn want(&self, service: &Service) -> bool {
        let groups = format!("{}-", service.feature);
        self.has(service.feature) || self.0.iter().any(|name| name.starts_with(&groups))
    }

    /// Whether the group that the file `stem` describes is on.
    pub fn want_group(&self, service: &Service, stem: &str) -> bool {
        self.has(service.feature) || self.has(&format!("{}-{stem}", service.groups))
    }

    /// Leaves only the operations of the groups that are on. What they share stays: types that nothing
    /// refers to any more are left out later.
    pub fn narrow(&self, merged: &mut Merged, service: &Service) {
        merged
            .groups
            .retain(|group| self.want_group(service, &group.stem));
        merged
            .operations
            .retain(|operation| self.want_group(service, &operation.stem));
    }
}

impl<S: Into<String>> FromIterator<S> for Features {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }
}

/// A feature's name as it is in `Cargo.toml`; cargo shouts it to build scripts.
fn named(shouted: &str) -> String {
    shouted.to_lowercase().replace('_', "-")
}
