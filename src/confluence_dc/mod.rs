//! Confluence Data Center: users, groups, spaces, permissions, content, and everything else of its
//! REST API.
//!
//! The client's URL is the instance's own, with the context path it lives under, if any:
//! `https://wiki.example.com` or `https://intranet.example.com/confluence`. Credentials are a personal
//! access token ([`Auth::personal_access_token`](crate::Auth::personal_access_token)) or a user's name
//! and password ([`Auth::basic`](crate::Auth::basic)).
//!
//! ```no_run
//! # async fn example() -> Result<(), spacewright::Error> {
//! use futures_util::TryStreamExt;
//! use spacewright::{Auth, confluence_dc::{Client, types::NewUser}};
//!
//! let wiki = Client::builder("https://wiki.example.com/confluence")
//!     .auth(Auth::personal_access_token("…"))
//!     .build()?;
//!
//! wiki.admin_user()
//!     .create(NewUser::new("morgan", "Morgan Lee", "morgan@example.com").password("…"))
//!     .await?;
//!
//! let mut users = wiki.admin_users().list_active().limit(200).items();
//! while let Some(user) = users.try_next().await? {
//!     println!("{user:?}");
//! }
//!
//! wiki.admin_user().delete("morgan").await?.wait().await?;
//! # Ok(()) }
//! ```

use crate::client::service_client;

#[cfg(feature = "confluence-dc-attachments")]
pub mod attachment_files;
mod progress;
mod rules;
#[cfg(feature = "webhooks")]
pub mod webhook_delivery;

service_client! {
    /// A client for a Confluence Data Center instance; cheap to clone, and all clones share their
    /// connections, limits and retry budget.
    "Confluence Data Center", crate::error::read_confluence
}

include!(concat!(env!("OUT_DIR"), "/confluence_dc.rs"));
