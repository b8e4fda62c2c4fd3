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
