//! OAuth 2.0: logins with PKCE, client credentials, and access tokens that renew themselves.
//!
//! An [`Application`] is what is registered with the authorization server, a [`Provider`]. It begins a
//! [`Login`], whose end brings [`Tokens`]; they live in the application's own [`TokenStore`]. A
//! [`Session`] works on that store: it is the credential of a client.
//!
//! # Confluence Cloud
//!
#![cfg_attr(feature = "confluence-cloud", doc = "```no_run")]
#![cfg_attr(not(feature = "confluence-cloud"), doc = "```ignore")]
//! use spacewright::auth::oauth2::{Application, MemoryStore, Provider};
//! use spacewright::{Auth, confluence_cloud::Client};
//!
//! # async fn example(id: &str, secret: &str) -> Result<(), spacewright::Error> {
//! # fn redirect(_: &str) -> String { String::new() }
//! let application = Application::builder(Provider::confluence_cloud(), id)
//!     .client_secret(secret)
//!     .redirect_uri("https://app.example.com/callback")
//!     .scopes(["read:space:confluence", "read:user:confluence"])
//!     .build()?;
//!
//! // Send the user's browser away, and take it back where it arrives.
//! let login = application.login()?;
//! let arrived_at = redirect(login.authorize_url());
//! let tokens = login.finish_redirect(arrived_at).await?;
//!
//! // A store of your own keeps the user logged in when the process ends.
//! let session = application.session(MemoryStore::new(tokens));
//!
//! // With OAuth, a site is reached through Atlassian's gateway.
//! for site in session.sites().await?.iter().filter(|site| site.is_confluence()) {
//!     let wiki = Client::builder(site.client_url()).auth(Auth::oauth2(session.clone())).build()?;
//!     println!("{}: {wiki:?}", site.name);
//! }
//! # Ok(()) }
//! ```
//!
//! # Confluence Data Center
//!
#![cfg_attr(feature = "confluence-dc", doc = "```no_run")]
#![cfg_attr(not(feature = "confluence-dc"), doc = "```ignore")]
//! use spacewright::auth::oauth2::{Application, Provider, TokenStore};
//! use spacewright::{Auth, confluence_dc::Client};
//!
//! # async fn example(
//! #     id: &str, secret: &str, store: impl TokenStore + Clone, code: String, state: String,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! let url = "https://wiki.example.com/confluence";
//! let application = Application::builder(Provider::confluence_dc(url), id)
//!     .client_secret(secret)
//!     .redirect_uri("https://app.example.com/callback")
//!     .scopes(["ADMIN"])
//!     .build()?;
//!
//! // One request of the web application begins the login, another one ends it: keep `state` and
//! // `verifier` with the user's session between the two.
//! let login = application.login()?;
//! let (kept_state, kept_verifier) = (login.state().clone(), login.verifier().clone());
//!
//! let login = application.resume_login(kept_state, kept_verifier)?;
//! let tokens = login.finish(code, state).await?;
//! store.save(&tokens).await?;
//!
//! let wiki = Client::builder(url).auth(Auth::oauth2(application.session(store))).build()?;
//! # let _ = wiki; Ok(()) }
//! ```
//!
//! # Any other server
//!
//! [`Provider::new`] takes the URLs of any authorization server, for Onezone or Delay Workspaces behind
//! one's own. [`Application::client_credentials`] needs no user:
//!
#![cfg_attr(feature = "workspaces", doc = "```no_run")]
#![cfg_attr(not(feature = "workspaces"), doc = "```ignore")]
//! use spacewright::auth::oauth2::{Application, Provider};
//! use spacewright::{Auth, workspaces::Client};
//!
//! # fn example(id: &str, secret: &str) -> Result<(), spacewright::Error> {
//! let provider = Provider::new("https://login.example.com/oauth/token")
//!     .token_parameter("audience", "https://delay.example.com");
//! let application = Application::builder(provider, id).client_secret(secret).build()?;
//! let delay = Client::builder("https://delay.example.com")
//!     .auth(Auth::oauth2(application.client_credentials()?))
//!     .build()?;
//! # let _ = delay; Ok(()) }
//! ```
//!
//! # How tokens are renewed
//!
//! - Ahead of their expiry, by a margin that
//!   [`renew_before`](ApplicationBuilder::renew_before) sets; where the server names no expiry, when a
//!   request is refused with 401. Such a request is sent once more, with the new token.
//! - Once, however many calls need it: the others wait and share the outcome, good or bad.
//! - Safely: the new tokens are saved before they are used, and a renewal that has begun is finished
//!   even when the call that needed it is dropped. See [`TokenStore`].
//! - When the authorization server is out of reach, the old token is used for as long as it is good.
//! - When the server takes the refresh token no more, the error's
//!   [`is_login_required`](crate::Error::is_login_required) says so. It is not asked again until the
//!   store holds another one.
//!
//! # What is never shown
//!
//! Tokens, codes, verifiers and client secrets are [`Secret`](crate::Secret)s. Of what an authorization
//! server says when it refuses, only the error code is kept.

mod application;
mod endpoint;
mod login;
mod provider;
mod renewal;
mod session;
mod sites;
mod store;
mod tokens;
mod wire;

pub use application::{Application, ApplicationBuilder};
pub use login::Login;
pub use provider::Provider;
pub use session::Session;
pub use sites::{Site, cloud_url};
pub use store::{MemoryStore, TokenStore};
pub use tokens::Tokens;
