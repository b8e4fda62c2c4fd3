// The README is the documentation; its examples need every service and the test servers.
#![cfg_attr(
    all(
        feature = "confluence-dc",
        feature = "confluence-cloud",
        feature = "onezone",
        feature = "workspaces",
        feature = "testing"
    ),
    doc = include_str!("../README.md")
)]
#![cfg_attr(
    not(all(
        feature = "confluence-dc",
        feature = "confluence-cloud",
        feature = "onezone",
        feature = "workspaces",
        feature = "testing"
    )),
    doc = "Typed clients for Confluence Data Center, Confluence Cloud, Onedata Onezone and Delay Workspaces."
)]
// What the shared layer has for one service is unused where that service, or a part of it, is off.
#![cfg_attr(
    not(all(
        feature = "confluence-dc",
        feature = "confluence-cloud",
        feature = "onezone",
        feature = "workspaces"
    )),
    allow(dead_code, unused_imports, unused_macros)
)]
#![warn(missing_docs, unreachable_pub)]
// No panic on anything a server or a caller can send. Tests may say what they expect.
#![cfg_attr(
    not(test),
    warn(clippy::unwrap_used, clippy::expect_used, clippy::panic)
)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
pub mod auth;
mod client;
#[cfg(any(confluence_dc, confluence_cloud))]
mod cql;
#[cfg(onezone)]
mod details;
mod error;
#[cfg(all(fuzzing, feature = "__fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod long_task;
#[cfg(all(doctest, feature = "confluence-dc", feature = "confluence-cloud"))]
mod mistakes;
pub mod paging;
#[cfg(feature = "testing")]
pub mod testing;
mod transport;
mod value;

#[cfg(confluence_cloud)]
#[cfg_attr(docsrs, doc(cfg(feature = "confluence-cloud")))]
pub mod confluence_cloud;
#[cfg(confluence_dc)]
#[cfg_attr(docsrs, doc(cfg(feature = "confluence-dc")))]
pub mod confluence_dc;
#[cfg(onezone)]
#[cfg_attr(docsrs, doc(cfg(feature = "onezone")))]
pub mod onezone;
#[cfg(workspaces)]
#[cfg_attr(docsrs, doc(cfg(feature = "workspaces")))]
pub mod workspaces;

pub use answer::Answer;
pub use auth::Auth;
pub use client::{ClientBuilder, ServiceClient};
#[cfg(any(confluence_dc, confluence_cloud))]
pub use cql::{Cql, CqlField, CqlValue};
#[cfg(onezone)]
pub use details::{Details, DetailsWithIds};
pub use error::{ApiError, Error, ErrorKind};
pub use long_task::{LongTask, PollSettings, TaskOutcome, TaskStatus, Updates};
pub use paging::{Items, Page, Pages, Position};
pub use transport::clock::Clock;
pub use transport::download::{Download, Downloading};
pub use transport::limits::Limits;
pub use transport::request::{Sending, SendingWhole};
pub use transport::retry::Retry;
pub use transport::upload::Upload;
pub use value::{
    AccountId, ContentId, GroupName, NumberOrText, Secret, SpaceKey, Timestamp, UserKey, Username,
};

/// The result of everything that can fail here.
pub type Result<T, E = Error> = std::result::Result<T, E>;
