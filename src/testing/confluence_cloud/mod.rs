//! A simulated Confluence Cloud site.
//!
//! [`Server`] keeps users with their properties, groups, spaces with permissions and properties, pages,
//! blog posts, footer and inline comments, and attachments with versions, labels, likes and properties, and
//! long tasks, and answers what both interfaces (v1 and v2) have for them. Custom content, whiteboards,
//! databases, folders and smart links, search, restrictions, templates and settings are not simulated.
//!
//! ```
//! use spacewright::testing::confluence_cloud::{Page, Server, Space, TaskEnding, User};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), spacewright::Error> {
//! let server = Server::start()
//!     .await
//!     .with_task_polls(1)
//!     .with_user(User::new("jane"))
//!     .with_space(Space::new("DOCS").name("Documentation"))
//!     .with_page(Page::new("DOCS", "Start here").body("<p>Welcome</p>"));
//!
//! // Jane sees the space, but it is not hers to delete.
//! let jane = server.client_as("jane");
//! assert!(jane.v1().space().delete("DOCS").await.is_err_and(|error| error.is_forbidden()));
//!
//! // The administrator's deletion is a long task; this one goes wrong.
//! server.next_task(TaskEnding::Fails("The disk is full".to_owned()));
//! let outcome = server.client().v1().space().delete("DOCS").await?.wait().await;
//! assert!(outcome.is_err());
//! assert!(server.space("DOCS").is_some());
//! # Ok(())
//! # }
//! ```
//!
//! Calls by way of Atlassian's OAuth gateway come under [`Server::gateway_url`].
//!
//! Files are not where the interfaces are: a download is sent on to `http://localhost`, which is the same
//! server by another name, under `/file/…`. There the address alone opens the file, and who sends a
//! credential along is refused.

mod attachments;
mod auth;
mod call;
mod comments;
mod content;
mod content_labels;
mod contents;
mod groups;
mod kinds;
mod labels;
mod listed;
mod lists;
mod media;
mod page_trees;
mod permissions;
mod posts;
mod problem;
mod properties;
mod routes;
mod seed;
mod server_content;
mod shelf;
mod shown;
mod spaces;
mod state;
mod tasks;
mod trash;
mod trees;
mod uploads;
mod users;
mod written;

use std::time::SystemTime;

use chrono::DateTime;
use wiremock::Request;

use self::problem::Problem;
pub use self::seed::{
    Attachment, BlogPost, Comment, ContentVersion, Group, Page, Property, Space, SpacePermission,
    User, UserProperty,
};
use self::state::State;
use crate::Auth;
use crate::confluence_cloud::Client;
pub use crate::testing::file::File;
use crate::testing::pages::Paging;
use crate::testing::server::{Answer, Harness, Refusal, Simulation, server_methods};
use crate::testing::tasks::task_methods;
pub use crate::testing::tasks::{Task, TaskEnding};

/// The account id of the user that every server has from the start, an administrator of the site.
pub const ADMIN: &str = "admin";

/// The id of the site at the OAuth gateway.
const CLOUD_ID: &str = "11111111-2222-4333-8444-555555555555";

/// A simulated Confluence Cloud site on this computer, which holds nothing but the user [`ADMIN`] when it
/// starts.
///
/// It stops when it is dropped.
pub struct Server {
    harness: Harness<State>,
}

impl Server {
    server_methods!(State, Client);
    task_methods!(tasks::finish_all);

    /// The site's URL, as a client takes it: without `/wiki`.
    pub fn url(&self) -> String {
        self.harness.origin()
    }

    /// The URL of the same site as Atlassian's OAuth gateway has it: `/ex/confluence/{cloudId}`.
    pub fn gateway_url(&self) -> String {
        format!("{}{}", self.url(), self.state().gateway)
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

    /// Adds a group.
    #[must_use]
    pub fn with_group(self, group: Group) -> Self {
        self.state().add_group(group);
        self
    }

    /// Adds so many groups, `group-00001` and on.
    #[must_use]
    pub fn with_groups(self, count: usize) -> Self {
        for number in 1..=count {
            self.state()
                .add_group(Group::new(format!("group-{number:05}")));
        }
        self
    }

    /// Adds a space, with a home page.
    #[must_use]
    pub fn with_space(self, space: Space) -> Self {
        self.state().add_space(space);
        self
    }

    /// Adds so many spaces, `SPACE00001` and on, each with a home page.
    #[must_use]
    pub fn with_spaces(self, count: usize) -> Self {
        for number in 1..=count {
            self.state()
                .add_space(Space::new(format!("SPACE{number:05}")));
        }
        self
    }

    /// Puts a user, by account id, into a group, by name or by id, which is made if need be.
    #[must_use]
    pub fn with_member(self, group: &str, account_id: &str) -> Self {
        self.state().join(group, account_id);
        self
    }

    /// Accepts this API token (or bearer token) for a user, where an application has one in its settings.
    #[must_use]
    pub fn with_token(self, account_id: &str, token: impl Into<String>) -> Self {
        self.state()
            .accepted
            .insert(token.into(), account_id.to_owned());
        self
    }

    /// Tells of long tasks in the old form, without `finished` and `status`.
    #[must_use]
    pub fn with_old_tasks(self) -> Self {
        self.state().old_tasks = true;
        self
    }

    // Changes in the middle of a test, as other people make them.

    /// Adds a user, or replaces the one of that account id.
    pub fn add_user(&self, user: User) {
        self.state().add_user(user);
    }

    /// Removes a user at once. The interfaces have no way to: accounts are closed elsewhere.
    pub fn remove_user(&self, account_id: &str) {
        self.state().remove_user(account_id);
    }

    /// Adds a space with a home page; answers its id.
    pub fn add_space(&self, space: Space) -> String {
        self.state().add_space(space).to_string()
    }

    /// Deletes the space of this id and all its content at once.
    pub fn remove_space(&self, id: &str) {
        self.state().remove_space(id);
    }

    /// Makes a token invalid.
    pub fn expire_token(&self, token: &str) {
        self.state().expired.insert(token.to_owned());
    }

    // Clients and credentials.

    /// The credentials of a user, for a client that is built by hand: email and API token.
    ///
    /// # Panics
    ///
    /// When there is no such user.
    pub fn auth(&self, account_id: &str) -> Auth {
        let token = self.token(account_id);
        let email = self
            .user(account_id)
            .map(|user| user.email)
            .unwrap_or_default();
        Auth::api_token(email, token)
    }

    /// The API token of a user, by account id, which is also taken as a bearer token. It is the same whenever asked for.
    ///
    /// # Panics
    ///
    /// When there is no such user.
    #[expect(clippy::panic, reason = "a test that names an unknown user is wrong")]
    pub fn token(&self, account_id: &str) -> String {
        match self.user(account_id) {
            Some(user) => user.api_token(),
            None => panic!("no user {account_id:?}: add one by with_user"),
        }
    }

    // Inspection.

    /// The users, by account id.
    pub fn users(&self) -> Vec<User> {
        self.state().users.values().cloned().collect()
    }

    /// A user, by account id.
    pub fn user(&self, account_id: &str) -> Option<User> {
        self.state().users.get(account_id).cloned()
    }

    /// The groups, by id.
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

    /// The spaces, by number.
    pub fn spaces(&self) -> Vec<Space> {
        self.state().spaces.values().cloned().collect()
    }

    /// A space, by key or by id.
    pub fn space(&self, space: &str) -> Option<Space> {
        self.state()
            .spaces
            .values()
            .find(|known| known.key == space || known.id == space)
            .cloned()
    }
}

impl Simulation for State {
    fn begin(&mut self, origin: &str) {
        origin.clone_into(&mut self.origin);
        self.gateway = format!("/ex/confluence/{CLOUD_ID}");
        self.add_user(User::new(ADMIN).admin());
    }

    fn context_path(&self) -> String {
        self.gateway.clone()
    }

    fn respond(&mut self, request: &Request, paging: &Paging<'_>) -> Answer {
        routes::respond(self, request, paging)
    }

    fn refuse(&self, refusal: &Refusal) -> Answer {
        match refusal {
            Refusal::Status(status) => Problem::of_status(*status).of_both(),
            Refusal::RateLimited { retry_after } => {
                let mut answer = Problem::of_status(429)
                    .of_both()
                    .header("retry-after", retry_after.to_string())
                    .header("ratelimit-reason", "confluence-quota-global-based");
                answer.headers.extend(limits(0, *retry_after));
                answer
            }
        }
    }

    fn rate_limit_headers(&self, remaining: u64) -> Vec<(String, String)> {
        limits(remaining, 60)
    }
}

/// The headers that tell of the limit, which is 100 requests.
fn limits(remaining: u64, reset_in: u64) -> Vec<(String, String)> {
    let near = remaining < 20;
    let reset = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .and_then(|now| i64::try_from(now.as_secs() + reset_in).ok())
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .unwrap_or_default();
    [
        ("x-ratelimit-limit", "100".to_owned()),
        ("x-ratelimit-remaining", remaining.to_string()),
        ("x-ratelimit-nearlimit", near.to_string()),
        // The service leaves the seconds out.
        (
            "x-ratelimit-reset",
            reset.format("%Y-%m-%dT%H:%MZ").to_string(),
        ),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}
