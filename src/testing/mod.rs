//! Servers that behave like the real ones, inside the test.

mod front;
mod misbehaviour;
mod pages;
mod requests;
mod server;
mod wire;

#[cfg(feature = "confluence-cloud")]
pub mod confluence_cloud;
#[cfg(feature = "confluence-dc")]
pub mod confluence_dc;
#[cfg(feature = "onezone")]
pub mod onezone;
#[cfg(feature = "workspaces")]
pub mod workspaces;

pub use misbehaviour::Misbehaviour;
pub use pages::{Honesty, NextLink, PageBehaviour};
pub use requests::{RecordedRequest, Requests};
