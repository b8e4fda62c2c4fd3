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

use wiremock::Request;

use self::state::State;
pub use self::state::{User, Workspace};
use crate::Auth;
use crate::testing::pages::Paging;
use crate::testing::server::{Answer, Harness, Refusal, Simulation, server_methods};
use crate::workspaces::Client;

/// The name of the user that every server has from the start, who may do and see everything.
pub const ADMIN: &str = "admin";

/// A simulated Delay Workspaces deployment on this computer, which holds nothing but the user [`ADMIN`]
/// when it starts.
///
/// It stops when it is dropped.
pub struct Server {
    harness: Harness<State>,
}

impl Server {
    server_methods!(State, Client);

    /// The base URL, as a client takes it.
    pub fn url(&self) -> String {
        self.harness.origin()
    }

    /// Adds a user. A user of that name is replaced, under the same id and with the same token unless the
    /// new one has an id.
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

    /// The credentials of the user of this name, for a client that is built by hand: the token.
    ///
    /// # Panics
    ///
    /// When there is no such user.
    pub fn auth(&self, user: &str) -> Auth {
        Auth::bearer(self.token(user))
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
}

impl Simulation for State {
    fn begin(&mut self, origin: &str) {
        origin.clone_into(&mut self.origin);
        self.add_user(User::new(ADMIN).may_create().sees_all().sees_metadata());
    }

    fn respond(&mut self, request: &Request, paging: &Paging<'_>) -> Answer {
        routes::respond(self, request, paging)
    }

    fn refuse(&self, refusal: &Refusal) -> Answer {
        match refusal {
            Refusal::RateLimited { retry_after } => routes::failure(429, "Too many requests.")
                .header("retry-after", retry_after.to_string()),
            Refusal::Status(401) => routes::failure(401, "The token has expired."),
            Refusal::Status(status) => routes::failure(*status, "The request was not served."),
        }
    }
}
