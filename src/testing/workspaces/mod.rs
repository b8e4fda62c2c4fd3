//! A simulated Delay Workspaces deployment.
//!
//! [`Server`] keeps workspaces and users, and answers the whole interface: creating a workspace, and
//! the list with its filters, its order, its pages and their `link` header. Callers are told apart by
//! their tokens; [`User`] says what one may do and see.
//!
//! ```
//! use futures_util::TryStreamExt;
//! use spacewright::testing::workspaces::{Server, User, Workspace};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), spacewright::Error> {
//! let server = Server::start()
//!     .await
//!     .with_user(User::new("jane"))
//!     .with_workspace(Workspace::new("docs").owner("jane"))
//!     .with_workspaces(40);
//!
//! // An administrator sees all, an ordinary user what she owns.
//! let mine: Vec<_> = server.client_as("jane").workspaces().list().items().try_collect().await?;
//! assert_eq!(mine.len(), 1);
//! assert_eq!(server.workspaces().len(), 41);
//! # Ok(())
//! # }
//! ```
//!
//! The form of this service's errors is not published. The simulation answers
//! `{"message": "…"}`; do not build on it.

mod routes;
mod state;

use std::sync::{Mutex, MutexGuard, PoisonError};

use wiremock::{Request, ResponseTemplate};

use self::state::State;
pub use self::state::{User, Workspace};
use crate::Auth;
use crate::testing::pages::Paging;
use crate::testing::server::{Answer, Harness, Refusal, Simulation, no_client, server_methods};
use crate::workspaces::Client;

/// The name of the user that every server has from the start, who may do and see everything.
pub const ADMIN: &str = "admin";

/// A simulated Delay Workspaces deployment on this computer.
///
/// It stops when it is dropped.
pub struct Server {
    harness: Harness<Deployment>,
    url: String,
}

impl Server {
    /// Starts a deployment that holds nothing but the user [`ADMIN`], on a free port.
    ///
    /// # Panics
    ///
    /// When no port can be bound.
    pub async fn start() -> Self {
        Self::launch(None).await
    }

    /// Starts it on this port.
    ///
    /// # Panics
    ///
    /// When the port cannot be bound.
    pub async fn start_on(port: u16) -> Self {
        Self::launch(Some(port)).await
    }

    async fn launch(port: Option<u16>) -> Self {
        let harness = Harness::start(Deployment::default(), port).await;
        let url = harness.origin();
        harness.simulation().lock().origin.clone_from(&url);
        Self { harness, url }.with_user(User::new(ADMIN).may_create().sees_all().sees_metadata())
    }

    server_methods!();

    /// The base URL, as a client takes it.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Adds a user. A user of that name is replaced.
    #[must_use]
    pub fn with_user(self, user: User) -> Self {
        self.state().add_user(user);
        self
    }

    /// Adds a workspace. An owner or author that is the name of a user becomes that user's id, so add
    /// users first.
    #[must_use]
    pub fn with_workspace(self, workspace: Workspace) -> Self {
        self.state().add_workspace(workspace);
        self
    }

    /// Adds so many workspaces, `workspace-00001` and on.
    #[must_use]
    pub fn with_workspaces(self, count: usize) -> Self {
        {
            let mut state = self.state();
            for number in 1..=count {
                state.add_workspace(Workspace::new(format!("workspace-{number:05}")));
            }
        }
        self
    }

    /// Accepts this token for a user, where an application has one in its settings.
    #[must_use]
    pub fn with_token(self, user: &str, token: impl Into<String>) -> Self {
        self.state().accept(user, token.into());
        self
    }

    /// Makes a token invalid, in the middle of a test.
    pub fn expire_token(&self, token: &str) {
        self.state().expire(token);
    }

    /// Adds a user in the middle of a test, as [`with_user`](Self::with_user) does.
    pub fn add_user(&self, user: User) {
        self.state().add_user(user);
    }

    /// Adds a workspace in the middle of a test, as somebody else would; answers it with its id.
    pub fn add_workspace(&self, workspace: Workspace) -> Workspace {
        self.state().add_workspace(workspace)
    }

    /// Removes the workspace of this identifier. The service itself has no way to.
    pub fn remove_workspace(&self, identifier: &str) {
        self.state().remove_workspace(identifier);
    }

    /// A client with the token of [`ADMIN`].
    pub fn client(&self) -> Client {
        self.client_as(ADMIN)
    }

    /// A client with the token of the user of this name.
    ///
    /// # Panics
    ///
    /// When there is no such user.
    pub fn client_as(&self, user: &str) -> Client {
        self.client_with(Auth::bearer(self.token(user)))
    }

    /// A client with credentials of your own, right or wrong.
    ///
    /// # Panics
    ///
    /// When the client cannot be built.
    pub fn client_with(&self, auth: Auth) -> Client {
        Client::builder(self.url())
            .auth(auth)
            .build()
            .unwrap_or_else(|error| no_client(&error))
    }

    /// The token of the user of this name, in the form of a JSON Web Token. Its signature is none.
    ///
    /// # Panics
    ///
    /// When there is no such user.
    #[expect(clippy::panic, reason = "a test that names an unknown user is wrong")]
    pub fn token(&self, user: &str) -> String {
        match self.state().user_named(user) {
            Some(user) => user.token(),
            None => panic!("no user {user:?}: add one by with_user"),
        }
    }

    /// The id of the user of this name.
    pub fn user_id(&self, user: &str) -> Option<String> {
        self.state().user_named(user).map(|user| user.id.clone())
    }

    /// The users, by name.
    pub fn users(&self) -> Vec<User> {
        self.state().users().to_vec()
    }

    /// The workspaces, in the order in which they were made.
    pub fn workspaces(&self) -> Vec<Workspace> {
        self.state().workspaces().to_vec()
    }

    /// The workspace of this identifier.
    pub fn workspace(&self, identifier: &str) -> Option<Workspace> {
        self.state()
            .workspaces()
            .iter()
            .find(|one| one.identifier == identifier)
            .cloned()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.harness.simulation().lock()
    }
}

/// The simulation behind a [`Server`].
#[derive(Default)]
struct Deployment(Mutex<State>);

impl Deployment {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Simulation for Deployment {
    fn respond(&self, request: &Request, paging: &Paging<'_>) -> ResponseTemplate {
        routes::respond(&mut self.lock(), request, paging)
    }

    fn refuse(&self, refusal: &Refusal) -> Answer {
        match refusal {
            Refusal::RateLimited { retry_after } => routes::failure(429, "Too many requests.")
                .header("retry-after", retry_after.to_string()),
            Refusal::Status(401) => routes::failure(401, "The token has expired."),
            Refusal::Status(status) => routes::failure(*status, "The request was not served."),
        }
    }

    /// The service is not known to tell.
    fn rate_limit_headers(&self, _remaining: u64) -> Vec<(String, String)> {
        Vec::new()
    }
}
