//! A simulated Onezone.
//!
//! [`Server`] keeps users, spaces, groups, their memberships and privileges, and tokens, and answers
//! what concerns them: `/users`, `/user`, `/spaces` with the marketplace, `/groups`, `/tokens`, and
//! the public configuration. It judges as the real server does: privileges in the zone (`oz_…`),
//! in a space and in a group, also through groups; owners of a space; caveats of tokens; invitations,
//! their usage limits and whether the inviter may still invite. Shares, providers, harvesters, handles
//! and clusters are not simulated.
//!
//! ```
//! use spacewright::testing::onezone::{Group, Server, Space, User};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), spacewright::Error> {
//! let server = Server::start()
//!     .await
//!     .with_user(User::new("jane"))
//!     .with_group(Group::new("Astronomers").user("jane"))
//!     .with_space(Space::new("Telescope").group("Astronomers"));
//!
//! // Jane is in the space through her group.
//! let jane = server.client_as("jane");
//! let spaces = jane.me().list_effective_spaces().await?;
//! assert_eq!(spaces.spaces, server.spaces().iter().map(|space| space.id.clone()).collect::<Vec<_>>());
//!
//! // Making one in the zone's name is for administrators.
//! assert!(jane.spaces().list().await.is_err_and(|error| error.is_forbidden()));
//! # Ok(())
//! # }
//! ```
//!
//! Ids and details of errors are those of the server's catalogue; their descriptions are our own
//! words, so judge a failure by its id. All caveats of tokens are judged, for calls that come from this
//! computer: one about a place never holds, since a loopback address is nowhere, and which operations
//! an `api` caveat lists is not looked at.

mod auth;
mod call;
mod caveats;
mod failure;
mod graph;
mod groups;
mod home;
mod invitations;
mod marketplace;
mod me;
mod membership;
mod names;
mod privileges;
mod routes;
mod seed;
mod spaces;
mod state;
mod token_checks;
mod token_text;
mod tokens;
mod users;
mod zone;

use std::time::Duration;

use wiremock::Request;

use self::failure::{Failure, bad, not_authenticated};
pub use self::seed::{Group, Members, NamedToken, Space, User};
use self::state::State;
use crate::Auth;
use crate::onezone::Client;
use crate::testing::pages::Paging;
use crate::testing::server::{Answer, Harness, Refusal, Simulation, server_methods};

/// The name of the user that every server has from the start, with all privileges in the zone.
pub const ADMIN: &str = "admin";

/// The password of [`ADMIN`].
pub const ADMIN_PASSWORD: &str = "admin-password";

/// A simulated Onezone on this computer, which holds nothing but the user [`ADMIN`] when it starts.
///
/// It stops when it is dropped.
pub struct Server {
    harness: Harness<State>,
}

impl Server {
    server_methods!(State, Client);

    /// The base URL, as a client takes it: without `/api/v3/onezone`.
    pub fn url(&self) -> String {
        self.harness.origin()
    }

    // Seeding.

    /// Adds a user.
    #[must_use]
    pub fn with_user(self, user: User) -> Self {
        self.state().add_user(user);
        self
    }

    /// Adds so many users, `user-00001` and on.
    #[must_use]
    pub fn with_users(self, count: usize) -> Self {
        for number in 1..=count {
            self.state()
                .add_user(User::new(format!("user-{number:05}")));
        }
        self
    }

    /// Adds a group. Members that it names are users and groups added before.
    #[must_use]
    pub fn with_group(self, group: Group) -> Self {
        self.state().add_group(group);
        self
    }

    /// Adds so many groups, `Group 00001` and on.
    #[must_use]
    pub fn with_groups(self, count: usize) -> Self {
        for number in 1..=count {
            self.state()
                .add_group(Group::new(format!("Group {number:05}")));
        }
        self
    }

    /// Adds a space. Members that it names are users and groups added before.
    #[must_use]
    pub fn with_space(self, space: Space) -> Self {
        self.state().add_space(space);
        self
    }

    /// Adds so many spaces, `Space 00001` and on.
    #[must_use]
    pub fn with_spaces(self, count: usize) -> Self {
        for number in 1..=count {
            self.state()
                .add_space(Space::new(format!("Space {number:05}")));
        }
        self
    }

    /// Adds a named token of a user added before.
    #[must_use]
    pub fn with_named_token(self, token: NamedToken) -> Self {
        self.state().add_token(token);
        self
    }

    /// Puts a user into a group with the privileges of an ordinary member, both by id or by name.
    #[must_use]
    pub fn with_member(self, group: &str, user: &str) -> Self {
        self.state().join(group, user);
        self
    }

    /// Accepts this access token for a user added before, where an application has one in its settings.
    #[must_use]
    pub fn with_token(self, user: &str, token: impl Into<String>) -> Self {
        self.state().accept(user, token.into());
        self
    }

    /// Has the `Location` of what is created begin otherwise, as that of other versions does
    /// (`https://zone.example.com/api/v3/onezone/user`): only its last segment can be relied on.
    #[must_use]
    pub fn with_location_base(self, base: impl Into<String>) -> Self {
        let base = base.into().trim_end_matches('/').to_owned();
        self.state().location_base = Some(base);
        self
    }

    // Changes in the middle of a test, as other people make them.

    /// Adds a user; answers the id.
    pub fn add_user(&self, user: User) -> String {
        self.state().add_user(user)
    }

    /// Deletes the user of this id at once.
    pub fn remove_user(&self, id: &str) {
        self.state().remove_user(id);
    }

    /// Adds a group; answers the id.
    pub fn add_group(&self, group: Group) -> String {
        self.state().add_group(group)
    }

    /// Deletes the group of this id at once.
    pub fn remove_group(&self, id: &str) {
        self.state().remove_group(id);
    }

    /// Adds a space; answers the id.
    pub fn add_space(&self, space: Space) -> String {
        self.state().add_space(space)
    }

    /// Deletes the space of this id at once.
    pub fn remove_space(&self, id: &str) {
        self.state().remove_space(id);
    }

    /// Makes a token invalid.
    pub fn expire_token(&self, token: &str) {
        self.state().expired.insert(token.to_owned());
    }

    /// Lets so much time pass in the zone: tokens with a caveat of time end, a pending request for
    /// membership may be repeated after a week, and a rejected one made anew after 30 days.
    pub fn advance(&self, time: Duration) {
        let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        let mut state = self.state();
        state.advanced = state.advanced.saturating_add(seconds);
    }

    // Clients and credentials.

    /// The credentials of this user, for a client that is built by hand: an access token.
    ///
    /// # Panics
    ///
    /// When there is no such user.
    pub fn auth(&self, user: &str) -> Auth {
        Auth::x_auth_token(self.token(user))
    }

    /// An access token of this user, by the name to sign in with or by id. It is in no list and ends only
    /// with the user.
    ///
    /// # Panics
    ///
    /// When there is no such user.
    #[expect(clippy::panic, reason = "a test that names an unknown user is wrong")]
    pub fn token(&self, user: &str) -> String {
        let known = self.user(user);
        match known {
            Some(known) => self.state().kit_token(&known),
            None => panic!("no user {user:?}: add one by with_user"),
        }
    }

    /// The text of a named token, by id or by name.
    pub fn named_token_text(&self, token: &str) -> Option<String> {
        let known = self.named_token(token)?;
        Some(self.state().token_text(&known).write())
    }

    // Inspection.

    /// The users, in the order in which they were made.
    pub fn users(&self) -> Vec<User> {
        self.state().users.values().cloned().collect()
    }

    /// A user, by id or by the name to sign in with.
    pub fn user(&self, user: &str) -> Option<User> {
        let called = |known: &User| known.id == user || known.username.as_deref() == Some(user);
        self.state()
            .users
            .values()
            .find(|known| called(known))
            .cloned()
    }

    /// The groups, in the order in which they were made.
    pub fn groups(&self) -> Vec<Group> {
        self.state().groups.values().cloned().collect()
    }

    /// A group, by id or by name.
    pub fn group(&self, group: &str) -> Option<Group> {
        self.state()
            .groups
            .values()
            .find(|known| known.id == group || known.name == group)
            .cloned()
    }

    /// The spaces, in the order in which they were made.
    pub fn spaces(&self) -> Vec<Space> {
        self.state().spaces.values().cloned().collect()
    }

    /// A space, by id or by name.
    pub fn space(&self, space: &str) -> Option<Space> {
        self.state()
            .spaces
            .values()
            .find(|known| known.id == space || known.name == space)
            .cloned()
    }

    /// The named tokens, in the order in which they were made.
    pub fn named_tokens(&self) -> Vec<NamedToken> {
        self.state().tokens.values().cloned().collect()
    }

    /// A named token, by id or by name.
    pub fn named_token(&self, token: &str) -> Option<NamedToken> {
        self.state()
            .tokens
            .values()
            .find(|known| known.id == token || known.name == token)
            .cloned()
    }
}

impl Simulation for State {
    fn begin(&mut self, origin: &str) {
        origin.clone_into(&mut self.origin);
        self.add_user(User::new(ADMIN).password(ADMIN_PASSWORD).admin());
    }

    fn respond(&mut self, request: &Request, paging: &Paging<'_>) -> Answer {
        routes::respond(self, request, paging)
    }

    fn refuse(&self, refusal: &Refusal) -> Answer {
        match refusal {
            Refusal::Status(401) => not_authenticated(&caveats::unverified(
                &serde_json::json!({ "type": "time", "validUntil": 1_767_225_600 }),
            ))
            .answer(),
            Refusal::Status(403) => failure::forbidden().answer(),
            Refusal::Status(404) => failure::not_found().answer(),
            Refusal::Status(status) => refused(*status).answer(),
            Refusal::RateLimited { retry_after } => {
                let failure = Failure::new(429, "limitReached", "Too many requests.");
                failure
                    .answer()
                    .header("retry-after", retry_after.to_string())
            }
        }
    }
}

/// The error of the catalogue that goes with a status.
fn refused(status: u16) -> Failure {
    match status {
        500 => Failure::new(
            status,
            "internalServerError",
            "Something went wrong in the server.",
        ),
        503 => Failure::new(
            status,
            "serviceUnavailable",
            "A part of the service is offline.",
        ),
        409 => failure::already_exists(),
        400 => bad("badData", "something in the request is wrong"),
        _ => Failure::new(
            status,
            "temporaryFailure",
            "The request was not served; try again.",
        ),
    }
}
