//! Confluence Cloud: the second version of its REST API, and the first where it has more.
//!
//! The client's URL is the site's own, `https://example.atlassian.net`, with an account's email and an
//! API token ([`Auth::api_token`](crate::Auth::api_token)). With OAuth 2.0 (3LO) it is
//! `https://api.atlassian.com/ex/confluence/{cloudId}`.
//!
//! What both versions have is offered in the second; `client.v1()` reaches all of the first. Groups
//! that only the first has, such as [`user_property`](Client::user_property), are offered directly as
//! well.
//!
//! ```no_run
//! # async fn example() -> Result<(), spacewright::Error> {
//! use futures_util::TryStreamExt;
//! use spacewright::{Auth, confluence_cloud::Client};
//!
//! let site = Client::builder("https://example.atlassian.net")
//!     .auth(Auth::api_token("me@example.com", "…"))
//!     .build()?;
//!
//! let mut keys = site.user_property().list("5b10ac8d82e05b22cc7d4ef5").limit(25).items();
//! while let Some(key) = keys.try_next().await? {
//!     println!("{key:?}");
//! }
//! # Ok(()) }
//! ```
//!
//! # OAuth 2.0 scopes
//!
//! An operation's documentation names the scopes that the app needs, next to what the user must be
//! allowed. Where there is a choice, the classic scope comes first and the granular ones after it; all
//! granular scopes of an operation are needed together. Where none is named, none is known.
//!
//! # What takes longer
//!
//! | started by | waited for by |
//! |---|---|
//! | archiving, copying or deleting pages and deleting a space, of the first version | the [`LongTask`](crate::LongTask) that they answer |
//! | the transition from permissions to roles | the [`LongTask`](crate::LongTask) that it answers |
//! | changing or deleting a role ([`space_roles`](Client::space_roles)) | [`long_task().follow(task_id)`](v1::long_task::LongTask::follow) |
//! | converting a text to another format ([`content_body`](v1::Client::content_body)) | asking [`get_conversion`](v1::content_body::ContentBody::get_conversion) again |
//! | blacking out text ([`redaction`](Client::redaction)) | nothing: the server does not tell |

use serde_json::Value;

use crate::client::service_client;
use crate::error::ApiError;

mod adf;
mod progress;
mod rules;
#[cfg(feature = "confluence-cloud-v1-user-property")]
mod user_properties;
pub mod v1;

pub use adf::Adf;

service_client! {
    /// A client for a Confluence Cloud site; cheap to clone, and all clones share their connections,
    /// limits and retry budget.
    "Confluence Cloud", read_error
}

impl Client {
    /// The first version of the interface.
    #[must_use]
    pub fn v1(&self) -> v1::Client {
        v1::Client::new(self.core.clone())
    }
}

include!(concat!(env!("OUT_DIR"), "/confluence_cloud.rs"));

/// Reads the second version's `{errors: [{status, code, title, detail}]}`, or the first version's form.
fn read_error(body: &Value) -> Option<ApiError> {
    let Some(errors) = body.get("errors").and_then(Value::as_array) else {
        return crate::error::read_confluence(body);
    };
    let text =
        |error: &Value, name: &str| error.get(name).and_then(Value::as_str).map(str::to_owned);
    let message = |error: &Value| {
        let (title, detail) = (text(error, "title"), text(error, "detail"));
        match (title, detail) {
            (Some(title), Some(detail)) if !detail.is_empty() && detail != title => {
                Some(format!("{title}: {detail}"))
            }
            (title, detail) => title.or(detail).or_else(|| text(error, "message")),
        }
    };
    let messages: Vec<String> = errors.iter().filter_map(message).collect();
    Some(ApiError {
        code: errors.first().and_then(|error| text(error, "code")),
        messages,
        details: "/errors",
        ..ApiError::default()
    })
}
