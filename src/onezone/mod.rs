//! Onedata Onezone: spaces, users, groups, providers, shares, handles, harvesters, clusters and tokens
//! of a zone.
//!
//! The client's URL is the zone's own, `https://onezone.example.com`, with an access token
//! ([`Auth::x_auth_token`](crate::Auth::x_auth_token)).
//!
//! # Who acts
//!
//! The handle says in whose name an operation acts, the same way through the whole service:
//!
//! | handle | acts |
//! |---|---|
//! | [`me`](Client::me) | as the user that the token belongs to |
//! | [`users`](Client::users) | as an administrator, on behalf of any user |
//! | [`groups`](Client::groups) | on behalf of a group, which can be a member and an owner like a user |
//! | [`this_provider`](Client::this_provider) | as the Oneprovider that the token belongs to |
//! | [`spaces`](Client::spaces), [`shares`](Client::shares), [`providers`](Client::providers), [`tokens`](Client::tokens), [`handles`](Client::handles), [`handle_services`](Client::handle_services), [`harvesters`](Client::harvesters), [`clusters`](Client::clusters), [`zone`](Client::zone) | on the thing itself, as a member with the privilege or as an administrator |
//!
//! A create gives the new id, ready to be used in the next call:
//!
//! ```no_run
//! # async fn example() -> Result<(), spacewright::Error> {
//! use spacewright::{Auth, onezone::{Client, types::NewSpace}};
//!
//! let zone = Client::builder("https://onezone.example.com").auth(Auth::x_auth_token("…")).build()?;
//! let id = zone.me().create_space(NewSpace::new("experiments")).await?;
//! println!("{:?}", zone.spaces().get(&id).await?);
//! # Ok(()) }
//! ```

use serde_json::Value;

use crate::client::service_client;
use crate::error::ApiError;

service_client! {
    /// A client for a Onezone; cheap to clone, and all clones share their connections, limits and
    /// retry budget.
    "Onezone", read_error
}

include!(concat!(env!("OUT_DIR"), "/onezone.rs"));

/// The server's rules that are checked before anything is sent: it states none that are worth a check.
mod rules {}

/// Reads `{error: {id, description, details}}`.
fn read_error(body: &Value) -> Option<ApiError> {
    let error = body.get("error")?;
    let text = |name: &str| error.get(name).and_then(Value::as_str).map(str::to_owned);
    let (code, description) = (text("id"), text("description"));
    let message = description.or_else(|| code.clone())?;
    Some(ApiError {
        code,
        messages: vec![message],
        details: "/error/details",
        ..ApiError::default()
    })
}

impl crate::Error {
    /// The id of Onezone's own error, such as [`ErrorId::BadValueString`](types::ErrorId) or
    /// `alreadyExists`; `None` where the answer was no error body of Onezone's.
    #[must_use]
    pub fn onezone_id(&self) -> Option<types::ErrorId> {
        self.api()?.code().map(types::ErrorId::from)
    }
}
