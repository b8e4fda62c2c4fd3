//! The first version of Confluence Cloud's REST API.

use super::rules;

/// The first version of the interface, of the same client; made by
/// [`Client::v1`](super::Client::v1).
#[derive(Clone, Debug)]
pub struct Client {
    core: crate::transport::Core,
}

impl Client {
    pub(super) fn new(core: crate::transport::Core) -> Self {
        Self { core }
    }

    /// The id, method and path template of every operation that it knows.
    pub fn operations() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
        operations::ALL
            .iter()
            .map(|o| (o.id, o.method.as_str(), o.path))
    }
}

include!(concat!(env!("OUT_DIR"), "/confluence_cloud_v1.rs"));
