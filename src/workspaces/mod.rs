//! Delay Workspaces: creating and listing the workspaces of a deployment.
//!
//! Every deployment has a base URL of its own; callers are identified by a JSON Web Token.
//!
//! ```no_run
//! # async fn example() -> Result<(), spacewright::Error> {
//! use spacewright::Auth;
//! use spacewright::workspaces::{Client, types::{NewWorkspace, WorkspaceType}};
//!
//! let delay = Client::builder("http://localhost:8080").auth(Auth::bearer("…")).build()?;
//! let new = NewWorkspace::new("atelier", "Atelier", WorkspaceType::MultiUser);
//! println!("{}", delay.workspaces().create(new).await?.id);
//! # Ok(()) }
//! ```

use crate::client::service_client;
use crate::error::ApiError;

service_client! {
    /// A client for a deployment of Delay Workspaces; cheap to clone.
    "Delay Workspaces", read_error
}

/// The form of an error body is not published: the status and the body are kept, and what is usual in
/// such bodies is read.
fn read_error(_: &serde_json::Value) -> Option<ApiError> {
    None
}

/// The server's rules that are checked before anything is sent: none are known.
mod rules {}

include!(concat!(env!("OUT_DIR"), "/workspaces.rs"));
