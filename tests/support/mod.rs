//! Calls every operation of a service and checks what goes out and what comes back.
//!
//! The descriptions are read here a second time, with another YAML reader and other code than the
//! build script's: a mistake of the generator cannot hide itself by being in the check as well.

// Each test binary includes all of this and uses a part of it.
#![allow(dead_code, unused_imports, unreachable_pub, missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod answer;
pub mod called;
pub mod caller;
pub mod check;
pub mod declared;
pub mod findings;
pub mod follow;
pub mod multipart;
pub mod operation;
pub mod rounds;
pub mod rules;
pub mod sample;
pub mod schema;
#[cfg(all(
    feature = "testing",
    any(
        feature = "confluence-dc",
        feature = "confluence-cloud",
        feature = "onezone",
        feature = "workspaces"
    )
))]
pub mod served;
pub mod service;
pub mod spec;
pub mod stage;
pub mod validate;
pub mod values;

pub use called::{Called, answer, download, task, unknown};
pub use sample::Sample;
