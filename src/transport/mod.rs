//! One request's way out and back, the same for every operation of every service.
//!
//! A request struct holds a [`Call`]. Sending it goes through [`execute`](execute::execute):
//! checks → budget → credential → attempt with timeout → classify → wait → … → whole body within a
//! limit. What comes back is a [`RawAnswer`] that [`decode`] turns into a typed value.

pub(crate) mod attempt;
pub(crate) mod base;
pub(crate) mod body;
pub(crate) mod call;
pub(crate) mod classify;
pub(crate) mod clock;
pub(crate) mod core;
pub(crate) mod course;
pub(crate) mod decode;
pub(crate) mod disposition;
pub(crate) mod download;
pub(crate) mod execute;
pub(crate) mod fetch;
pub(crate) mod http_client;
pub(crate) mod limits;
pub(crate) mod operation;
pub(crate) mod path;
pub(crate) mod rate;
pub(crate) mod request;
pub(crate) mod retry;
pub(crate) mod scrub;
pub(crate) mod trace;
pub(crate) mod upload;

pub(crate) use body::{Broken, SendBody};
pub(crate) use call::Call;
pub(crate) use core::Core;
pub(crate) use execute::RawAnswer;
pub(crate) use operation::{Operation, RetryClass, Sibling};
pub(crate) use request::{download_request, request};
