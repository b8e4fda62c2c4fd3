//! A simulated Confluence Data Center.
//!
//! A fresh site has the user [`ADMIN`] (in `confluence-administrators`), the group
//! `confluence-users` that every user comes into, and no space.
//!
//! ```no_run
//! use serde_json::json;
//! use spacewright::testing::confluence_dc::{Content, Server, Space, TaskEnding, User};
//!
//! # async fn example() -> Result<(), spacewright::Error> {
//! let server = Server::start()
//!     .await
//!     .with_context_path("/confluence")
//!     .with_user(User::new("morgan").full_name("Morgan Lee"))
//!     .with_member("writers", "morgan")
//!     .with_users(5_000)
//!     .with_space(Space::new("TEST").property("colour", json!("blue")))
//!     .with_content(Content::page("TEST", "Welcome").label("draft"));
//! server.next_task(TaskEnding::Fails("The space is locked.".into()));
//!
//! let wiki = server.client();
//! // … run the application against it, then look at what the server holds and saw:
//! assert!(server.space("TEST").is_some());
//! server.requests().with_method("DELETE").to("/rest/api/space/TEST").assert_count(1);
//! # let _ = wiki;
//! # Ok(())
//! # }
//! ```
//!
//! Simulated are users, groups, memberships, spaces and their categories, global and space permissions,
//! space and content properties, contents with their versions, drafts, children, comments, attachments,
//! restrictions and labels, the labels of spaces and of the site, macros, the conversion of texts, watches,
//! colours of the site and of spaces, webhooks with their calls (counted, but sent to nobody), the audit log
//! of what was changed through the server, long tasks, backup and restore jobs, and the reindex (jobs end as
//! long tasks do, and restore nothing), and what the site tells of itself.
//!
//! A request without credentials is answered with 401, unless
//! [`with_anonymous_access`](Server::with_anonymous_access) lets visitors in: they see the spaces that are
//! [`public`](Space::public), and change nothing.
//!
//! An application that logs users in by OAuth 2.0 is registered with
//! [`with_oauth_app`](Server::with_oauth_app); `rest/oauth2/latest/authorize` and `…/token` are as the real
//! ones: PKCE (`S256` and `plain`), codes that work once, refresh tokens that are replaced whenever they
//! are used. The pages of login and of consent are skipped: a GET of the authorize URL with a user's
//! credentials (a password or a token) answers 302 with the code, one without them 401, and
//! [`authorize_as`](Server::authorize_as) does the same without a request. An access token acts as its
//! user within its scope: `READ` is for GET only, what takes an administrator needs `ADMIN`, and what
//! takes a system administrator `SYSTEM_ADMIN`. It is said to last an hour, and lasts until
//! [`expire_token`](Server::expire_token) ends it, or a renewal.
//!
#![cfg_attr(feature = "oauth2", doc = "```no_run")]
#![cfg_attr(not(feature = "oauth2"), doc = "```ignore")]
//! use spacewright::auth::oauth2::{Application, MemoryStore, Provider};
//! use spacewright::testing::confluence_dc::{OAuthApp, OAuthScope, Server, User};
//! use spacewright::{Auth, confluence_dc::Client};
//!
//! # async fn example() -> Result<(), spacewright::Error> {
//! let callback = "https://app.example.com/callback";
//! let app = OAuthApp::new("my-app", "its-secret", callback).scope(OAuthScope::Write);
//! let server = Server::start().await.with_oauth_app(app).with_user(User::new("morgan"));
//!
//! let application = Application::builder(Provider::confluence_dc(server.url()), "my-app")
//!     .client_secret("its-secret")
//!     .redirect_uri(callback)
//!     .scopes(["WRITE"])
//!     .build()?;
//! let login = application.login()?;
//! let arrived_at = server.authorize_as("morgan", login.authorize_url());
//! let store = MemoryStore::new(login.finish_redirect(arrived_at).await?);
//! let session = application.session(store.clone());
//! let wiki = Client::builder(server.url()).auth(Auth::oauth2(session)).build()?;
//!
//! // The client renews the token by itself, and the store has the new one.
//! let first = store.tokens().unwrap().access_token;
//! server.expire_token(first.expose());
//! wiki.space().list().await?;
//! assert_ne!(store.tokens().unwrap().access_token.expose(), first.expose());
//! # Ok(())
//! # }
//! ```
//!
//! Search finds contents, spaces and users by CQL, with the fields `type`, `space`, `space.title`,
//! `space.type`, `title`, `text`, `siteSearch`, `label`, `id`, `creator`, `contributor`, `watcher`, `parent`,
//! `ancestor`, `container`, `macro`, `created`, `lastmodified`, `user` and `user.fullname`, and the functions
//! `currentUser()`, `currentSpace()`, `currentContent()` and `now()`.
//!
//! Not simulated are other fields and functions, and the bodies of macros by their hash (by their id they
//! are): they answer 501, until a mock is mounted. The grant of client credentials is refused with
//! `unsupported_grant_type`.
//!
//! A server that runs for long does not grow without end: the audit log holds the latest 10 000 changes,
//! and each content its latest 1000 versions beside the current one (their numbers stay). For its requests
//! see [`keep_requests`](Server::keep_requests), for tasks that have ended
//! [`forget_finished_tasks`](Server::forget_finished_tasks).

mod access;
mod attachments;
mod audit;
mod blueprints;
mod bodies;
mod call;
mod children;
mod clock;
mod colours;
mod contents;
mod cql;
mod cursor;
mod fields;
mod finder;
mod groups;
mod jobs;
mod journal;
mod labels;
mod list;
mod macros;
mod markup;
mod multipart;
mod oauth;
mod permissions;
mod problem;
mod properties;
mod reindex;
mod render;
mod restrictions;
mod search;
mod seed;
mod simulation;
mod site;
mod spaces;
mod state;
mod tasks;
mod times;
mod users;
mod versions;
mod watches;
mod webhook_calls;
mod webhooks;

use std::collections::BTreeMap;

use serde_json::Value;
use url::Url;

use self::state::State;
use super::server::{Harness, server_methods};
use super::tasks::task_methods;
use crate::Auth;
use crate::confluence_dc::Client;

pub use super::file::File;
pub use super::tasks::{Task, TaskEnding};
pub use clock::TimeStyle;
pub use seed::{
    Content, Grant, Group, OAuthApp, OAuthScope, Property, Restriction, Space, Subject, User,
};
pub use webhook_calls::Receiver;

/// The login name of the user that every server has from the start, a system administrator.
pub const ADMIN: &str = "admin";

/// The password of [`ADMIN`].
pub const ADMIN_PASSWORD: &str = "admin";

/// A simulated Confluence Data Center; it stops when it is dropped.
pub struct Server {
    harness: Harness<State>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("confluence_dc::Server")
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}

impl Server {
    server_methods!(State, Client);

    /// The base address, with the context path if there is one.
    pub fn url(&self) -> String {
        format!("{}{}", self.harness.origin(), self.state().context)
    }
}

/// A test cannot go on without the redirect, and `authorize_as` has no other way to say why.
#[allow(clippy::panic)]
fn sent_nowhere(cause: &dyn std::fmt::Display) -> ! {
    panic!("the simulated server sends the browser nowhere: {cause}")
}

/// Seeding: what the server shall hold.
impl Server {
    /// Moves the site below a context path such as `/confluence`.
    #[must_use]
    pub fn with_context_path(self, context: &str) -> Self {
        let context = match context.trim_matches('/') {
            "" => String::new(),
            name => format!("/{name}"),
        };
        self.state().context = context;
        self.harness.heed_context_path();
        self
    }

    /// Has links name another address than the one that clients reach, as behind a proxy that was not
    /// set up (`http://localhost:8090`).
    #[must_use]
    pub fn with_internal_base(self, base: impl Into<String>) -> Self {
        self.state().internal_base = Some(base.into());
        self
    }

    /// Has times written in one of the two forms that servers use.
    #[must_use]
    pub fn with_time_style(self, style: TimeStyle) -> Self {
        self.state().clock.style = style;
        self
    }

    /// Caps every page at so many rows, truthfully. For lying caps see
    /// [`PageBehaviour::Cap`](crate::testing::PageBehaviour::Cap).
    #[must_use]
    pub fn with_page_cap(self, rows: usize) -> Self {
        self.state().page_cap = Some(rows);
        self
    }

    /// Lets the licence end at so many active users: creating one more is answered with 402.
    #[must_use]
    pub fn with_licence_for(self, users: usize) -> Self {
        self.state().licence = Some(users);
        self
    }

    /// Adds a user, or replaces the one of that name.
    #[must_use]
    pub fn with_user(self, user: User) -> Self {
        self.state().add_user(user);
        self
    }

    /// Adds so many users, called `user00001` and so on.
    #[must_use]
    pub fn with_users(self, count: usize) -> Self {
        {
            let mut state = self.state();
            for number in 1..=count {
                let full_name = format!("User {number}");
                state.add_user(User::new(format!("user{number:05}")).full_name(full_name));
            }
        }
        self
    }

    /// Adds a group, or replaces the one of that name.
    #[must_use]
    pub fn with_group(self, group: Group) -> Self {
        self.state().groups.insert(group.name.clone(), group);
        self
    }

    /// Adds so many empty groups, called `group00001` and so on.
    #[must_use]
    pub fn with_groups(self, count: usize) -> Self {
        {
            let mut state = self.state();
            for number in 1..=count {
                let name = format!("group{number:05}");
                state.groups.insert(name.clone(), Group::new(name));
            }
        }
        self
    }

    /// Puts a user into a group, which is made if need be.
    #[must_use]
    pub fn with_member(self, group: &str, user: &str) -> Self {
        self.state().join(group, user);
        self
    }

    /// Grants a permission for the whole site.
    #[must_use]
    pub fn with_global_permission(self, grant: Grant) -> Self {
        self.state().permissions.insert(grant);
        self
    }

    /// Lets requests in that carry no credentials. They see what is permitted to
    /// [`Subject::Anonymous`]: [public](Space::public) spaces. Without it they are answered with 401.
    #[must_use]
    pub fn with_anonymous_access(self) -> Self {
        self.with_global_permission(Grant::new(Subject::Anonymous, "application", "use"))
    }

    /// Adds a space with a home page, or replaces the one with that key.
    #[must_use]
    pub fn with_space(self, space: Space) -> Self {
        self.state().add_space(space);
        self
    }

    /// Adds so many spaces, with the keys `SPACE00001` and so on.
    #[must_use]
    pub fn with_spaces(self, count: usize) -> Self {
        {
            let mut state = self.state();
            for number in 1..=count {
                state.add_space(
                    Space::new(format!("SPACE{number:05}")).name(format!("Space {number}")),
                );
            }
        }
        self
    }

    /// Adds a content, or replaces the one with that id.
    #[must_use]
    pub fn with_content(self, content: Content) -> Self {
        self.state().add_content(content);
        self
    }

    /// Adds so many pages to a space, called `Page 1` and so on.
    #[must_use]
    pub fn with_pages(self, space: &str, count: usize) -> Self {
        {
            let mut state = self.state();
            for number in 1..=count {
                state.add_content(Content::page(space, format!("Page {number}")));
            }
        }
        self
    }

    /// Adds a webhook that waits for these events, such as `page_created`.
    #[must_use]
    pub fn with_webhook(self, url: &str, events: &[&str]) -> Self {
        webhooks::add(&mut self.state(), url, events);
        self
    }

    /// Says what a URL does when a webhook calls it; one of which nothing is said answers 200. No call
    /// leaves the process: what the server would have sent is in its answers about the webhook.
    #[must_use]
    pub fn with_webhook_receiver(self, url: impl Into<String>, receiver: Receiver) -> Self {
        self.state().receivers.insert(url.into(), receiver);
        self
    }

    /// Accepts this personal access token for a user, where an application has one in its settings.
    #[must_use]
    pub fn with_token(self, user: &str, token: impl Into<String>) -> Self {
        self.state().tokens.insert(token.into(), user.to_owned());
        self
    }

    /// Registers an application, which may then log users in by OAuth 2.0; or replaces the one with that
    /// id.
    #[must_use]
    pub fn with_oauth_app(self, app: OAuthApp) -> Self {
        self.state().oauth.register(app);
        self
    }
}

/// Credentials and clients.
impl Server {
    /// A personal access token of the user, which the server accepts until it expires. Asking again
    /// gives the same one. There need not be such a user (yet).
    pub fn token(&self, user: &str) -> String {
        let token = format!("token-of-{user}");
        self.state().tokens.insert(token.clone(), user.to_owned());
        token
    }

    /// Makes a token invalid, in the middle of a test: a personal access token, or a code, an access token
    /// or a refresh token of OAuth 2.0.
    pub fn expire_token(&self, token: &str) {
        let mut state = self.state();
        state.tokens.remove(token);
        state.oauth.expire(token);
    }

    /// Where the server sends the browser of a user who opens an application's authorize URL, logs in and
    /// agrees: the redirect URI, with a code. Its query holds an `error` when the application asked for
    /// something that it may not have.
    ///
    /// # Panics
    ///
    /// When the browser is sent nowhere: the user or the application is not known, or the redirect URI is
    /// not that of the application.
    pub fn authorize_as(&self, user: &str, authorize_url: &str) -> String {
        let authorization = format!("Bearer {}", self.token(user));
        let url = Url::parse(authorize_url).unwrap_or_else(|cause| sent_nowhere(&cause));
        let mut state = self.state();
        let caller = state.caller(Some(&authorization));
        let caller = caller.unwrap_or_else(|problem| sent_nowhere(&problem.message));
        oauth::redirect(&mut state, &caller, &url).unwrap_or_else(|refusal| sent_nowhere(&refusal))
    }

    /// The credentials of this user, for a client that is built by hand: a personal access token.
    pub fn auth(&self, user: &str) -> Auth {
        Auth::personal_access_token(self.token(user))
    }
}

/// Changes in the middle of a test, as other people make them.
impl Server {
    /// Adds a user, or replaces the one of that name; gives the user's key.
    pub fn add_user(&self, user: User) -> String {
        self.state().add_user(user)
    }

    /// Deletes a user at once.
    pub fn remove_user(&self, name: &str) {
        self.state().remove_user(name);
    }

    /// Adds a space with a home page, or replaces the one with that key.
    pub fn add_space(&self, space: Space) {
        self.state().add_space(space);
    }

    /// Deletes a space and all in it at once.
    pub fn remove_space(&self, key: &str) {
        self.state().remove_space(key);
    }

    /// Adds a content, or replaces the one with that id; gives its id.
    pub fn add_content(&self, content: Content) -> u64 {
        self.state().add_content(content)
    }

    /// Purges a content at once.
    pub fn remove_content(&self, id: u64) {
        self.state().purge(id);
    }
}

/// Long tasks.
impl Server {
    task_methods!(tasks::finish_all);
}

/// Inspection: what the server holds now.
impl Server {
    /// All users, by login name.
    pub fn users(&self) -> Vec<User> {
        self.state().users.values().cloned().collect()
    }

    /// One user.
    pub fn user(&self, name: &str) -> Option<User> {
        self.state().users.get(name).cloned()
    }

    /// All groups, by name.
    pub fn groups(&self) -> Vec<Group> {
        self.state().groups.values().cloned().collect()
    }

    /// One group.
    pub fn group(&self, name: &str) -> Option<Group> {
        self.state().groups.get(name).cloned()
    }

    /// Whether a user is in a group, not counting groups in groups.
    pub fn is_member(&self, group: &str, user: &str) -> bool {
        self.state()
            .groups
            .get(group)
            .is_some_and(|group| group.members.contains(user))
    }

    /// The permissions granted for the whole site.
    pub fn global_permissions(&self) -> Vec<Grant> {
        self.state().permissions.iter().cloned().collect()
    }

    /// All spaces, by key.
    pub fn spaces(&self) -> Vec<Space> {
        self.state().spaces.values().cloned().collect()
    }

    /// One space.
    pub fn space(&self, key: &str) -> Option<Space> {
        self.state().spaces.get(key).cloned()
    }

    /// The properties of a space by key; empty when there is no such space.
    pub fn space_properties(&self, key: &str) -> BTreeMap<String, Value> {
        let state = self.state();
        let properties = state.spaces.get(key).map(|space| &space.properties);
        properties
            .into_iter()
            .flatten()
            .map(|(key, property)| (key.clone(), property.value.clone()))
            .collect()
    }

    /// All contents, by id, those in the trash included.
    pub fn contents(&self) -> Vec<Content> {
        self.state().contents.values().cloned().collect()
    }

    /// One content.
    pub fn content(&self, id: u64) -> Option<Content> {
        self.state().contents.get(&id).cloned()
    }

    /// The content with this title in a space, whatever its state.
    pub fn content_titled(&self, space: &str, title: &str) -> Option<Content> {
        let state = self.state();
        state
            .contents
            .values()
            .find(|content| content.space == space && content.title == title)
            .cloned()
    }

    /// The files attached to a content, in the order in which they came.
    pub fn attachments(&self, content: u64) -> Vec<Content> {
        let state = self.state();
        let all = state.contents.values();
        all.filter(|one| one.file.is_some() && one.parent == Some(content))
            .cloned()
            .collect()
    }

    /// All webhooks, as the server sends them.
    pub fn webhooks(&self) -> Vec<Value> {
        self.state().webhooks.values().cloned().collect()
    }

    /// The audit log as the server sends it, the latest change last.
    pub fn audit_records(&self) -> Vec<Value> {
        let state = self.state();
        let records = state.journal.iter();
        records
            .map(|record| audit::render(&state, record))
            .collect()
    }
}
