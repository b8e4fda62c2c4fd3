//! Servers that behave like the real ones, on fixed ports, for programs in any language.
//!
//! ```sh
//! cargo run --example server --all-features
//! ```
//!
//! It prints the URLs and credentials, then a line for each request, until Ctrl-C. With `--json` it
//! prints one line of JSON for each service, with ids that it knows, and ends when its input does.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use spacewright::testing::{Requests, confluence_cloud, confluence_dc, onezone, workspaces};

#[tokio::main]
async fn main() {
    let servers = Servers::start().await;
    if std::env::args().any(|argument| argument == "--json") {
        servers.forget_most();
        for line in servers.as_json() {
            println!("{line}");
        }
        let _ = tokio::io::copy(&mut tokio::io::stdin(), &mut tokio::io::sink()).await;
    } else {
        servers.print();
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = servers.print_requests() => {}
        }
    }
}

/// The application that can log users in at Data Center, its secret, and where users come back to.
const APP: &str = "example-app";
const APP_SECRET: &str = "example-secret";
const CALLBACK: &str = "http://localhost:8094/callback";

/// One server of each kind.
struct Servers {
    wiki: confluence_dc::Server,
    site: confluence_cloud::Server,
    zone: onezone::Server,
    delay: workspaces::Server,
}

impl Servers {
    async fn start() -> Self {
        Self {
            wiki: wiki().await,
            site: site().await,
            zone: zone().await,
            delay: delay().await,
        }
    }

    fn print(&self) {
        for server in self.as_json() {
            println!("{:24}{}", text(&server["service"]), text(&server["url"]));
            for (name, value) in server["headers"].as_object().into_iter().flatten() {
                println!("  {name}: {}", text(value));
            }
        }
        println!("\nTry one from another terminal, with the headers above:");
        println!(
            "  curl -H 'Authorization: Bearer {}' '{}/rest/api/space?limit=2'",
            self.wiki.token("admin"),
            self.wiki.url()
        );
        println!(
            "\nThe first one knows an application for OAuth 2.0, {APP} with the secret {APP_SECRET}."
        );
        println!("A code for it, in the address that a browser is sent to:");
        println!(
            "  curl -i -u {}:{} '{}/rest/oauth2/latest/authorize?client_id={APP}&redirect_uri={CALLBACK}&\
             response_type=code&scope=WRITE'",
            confluence_dc::ADMIN,
            confluence_dc::ADMIN_PASSWORD,
            self.wiki.url()
        );
        println!("\nRequests, as they are answered:");
    }

    /// The address of each server, credentials of its administrator (the caller), and ids under the names by which
    /// paths and queries call them.
    fn as_json(&self) -> [Value; 4] {
        [
            self.wiki_as_json(),
            self.site_as_json(),
            self.zone_as_json(),
            self.delay_as_json(),
        ]
    }

    fn wiki_as_json(&self) -> Value {
        let users = self.wiki.users();
        let users = || users.iter().filter(|user| user.name != "admin");
        let names = some(users().map(|user| user.name.as_str()));
        let groups = self.wiki.groups();
        let groups = some(
            groups
                .iter()
                .map(|group| group.name.as_str())
                .filter(|name| name.contains("group0")),
        );
        let keys = self.wiki.spaces();
        let keys = some(keys.iter().map(|space| space.key.as_str()));
        let contents = some(
            self.wiki
                .contents()
                .iter()
                .filter(|content| content.file.is_none())
                .map(|content| content.id.to_string()),
        );
        let files = self.wiki.attachments(65591);
        json!({
            "service": "confluence-dc",
            "caller": "admin",
            "url": self.wiki.url(),
            "headers": { "Authorization": format!("Bearer {}", self.wiki.token("admin")) },
            "known": {
                "user": names, "username": names, "userKey": some(users().map(|user| user.key.as_str())),
                "group": groups, "groupName": groups,
                "space": keys, "spaceKey": keys,
                "content": contents, "contentId": contents,
                "attachment": some(files.iter().map(|file| file.id.to_string())),
                "property": ["colour"], "label": ["draft"], "labels": ["draft"],
                "instance": ["65592"],
                "webhooks": self.wiki.webhooks().iter().map(|hook| hook["id"].clone()).collect::<Value>(),
            },
        })
    }

    fn site_as_json(&self) -> Value {
        let admin = confluence_cloud::ADMIN;
        let users = self.site.users();
        let email = users
            .iter()
            .find(|user| user.account_id == admin)
            .map(|user| user.email.as_str());
        let pair = format!("{}:{}", email.unwrap_or_default(), self.site.token(admin));
        let accounts = some(
            users
                .iter()
                .map(|user| user.account_id.as_str())
                .filter(|id| *id != admin),
        );
        let groups = self.site.groups();
        let groups = some(
            groups
                .iter()
                .filter(|group| !group.members.contains(admin))
                .map(|group| group.id.as_str()),
        );
        let spaces = self.site.spaces();
        let mut known = json!({
            "user": accounts, "userId": accounts, "accountId": accounts, "account-id": accounts,
            "group": groups, "groupId": groups,
            "space": some(spaces.iter().map(|space| space.key.as_str())),
            "spaces": some(spaces.iter().map(|space| space.id.as_str())),
            "space-id": some(spaces.iter().map(|space| space.id.as_str())),
            "property": ["colour"], "properties": ["colour"], "label": ["draft"], "versions": ["1"],
        });
        for (name, ids) in self.contents_of_site() {
            known[name] = json!(ids);
        }
        json!({
            "service": "confluence-cloud",
            "caller": admin,
            "url": self.site.url(),
            "headers": { "Authorization": format!("Basic {}", STANDARD.encode(pair)) },
            "known": known,
        })
    }

    /// The ids of what the site holds in its spaces, under the names by which paths call them.
    fn contents_of_site(&self) -> [(&str, Vec<Value>); 8] {
        let pages = some(self.site.pages().iter().map(|page| page.id.clone()));
        let (inline, footer): (Vec<_>, Vec<_>) = self
            .site
            .comments()
            .into_iter()
            .partition(|comment| comment.selection.is_some());
        let files = self.site.attachments();
        let files = some(files.iter().map(|file| file.id.clone()));
        let footer = some(footer.into_iter().map(|comment| comment.id));
        let posts = self.site.blog_posts();
        [
            ("pages", pages.clone()),
            ("content", pages),
            ("blogposts", some(posts.into_iter().map(|post| post.id))),
            ("comments", footer.clone()),
            ("footer-comments", footer),
            (
                "inline-comments",
                some(inline.into_iter().map(|comment| comment.id)),
            ),
            ("attachment", files.clone()),
            ("attachments", files),
        ]
    }

    fn zone_as_json(&self) -> Value {
        let users = self.zone.users();
        let users = users
            .iter()
            .filter(|user| user.username.as_deref() != Some("admin"));
        let users = some(users.map(|user| user.id.as_str()));
        let groups = some(self.zone.groups().iter().map(|group| group.id.clone()));
        let spaces = some(self.zone.spaces().iter().map(|space| space.id.clone()));
        let tokens = self.zone.named_tokens();
        json!({
            "service": "onezone",
            "caller": self.zone.user("admin").map(|user| user.id),
            "url": self.zone.url(),
            "headers": { "X-Auth-Token": self.zone.token("admin") },
            "known": {
                "users": users, "effective_users": users, "owners": users,
                "groups": groups, "effective_groups": groups, "children": groups, "parents": groups,
                "effective_children": groups, "effective_parents": groups,
                "spaces": spaces, "effective_spaces": spaces, "marketplace": spaces,
                "named": some(tokens.iter().map(|token| token.id.as_str())),
                "name": some(tokens.iter().map(|token| token.name.as_str())),
            },
        })
    }

    fn delay_as_json(&self) -> Value {
        let workspaces = self.delay.workspaces();
        let authors = [self.delay.user_id("admin").unwrap_or_default()];
        json!({
            "service": "workspaces",
            "caller": authors[0],
            "url": self.delay.url(),
            "headers": { "Authorization": format!("Bearer {}", self.delay.token("admin")) },
            "known": {
                "id": some(workspaces.iter().map(|workspace| workspace.id.as_str())),
                "created_by": authors, "updated_by": authors,
                "sort_by": ["name", "identifier", "created_at", "updated_at"],
            },
        })
    }

    /// Has the servers remember few requests: nobody asks for them.
    fn forget_most(&self) {
        self.wiki.keep_requests(100);
        self.site.keep_requests(100);
        self.zone.keep_requests(100);
        self.delay.keep_requests(100);
    }

    /// Prints each request when it is answered, and has the servers forget it.
    async fn print_requests(&self) {
        let mut tick = tokio::time::interval(Duration::from_millis(200));
        loop {
            tick.tick().await;
            print("data center", self.wiki.take_requests());
            print("cloud", self.site.take_requests());
            print("onezone", self.zone.take_requests());
            print("workspaces", self.delay.take_requests());
        }
    }
}

async fn wiki() -> confluence_dc::Server {
    use confluence_dc::{Content, OAuthApp, OAuthScope, Server, Space};
    let app = OAuthApp::new(APP, APP_SECRET, CALLBACK).scope(OAuthScope::SystemAdmin);
    Server::start_on(8090)
        .await
        .with_context_path("/confluence")
        .with_oauth_app(app)
        .with_users(500)
        .with_groups(20)
        .with_member("group00001", "user00001")
        .with_space(
            Space::new("DOCS")
                .description("Everything written.")
                .property("colour", json!("blue")),
        )
        .with_content(
            Content::page("DOCS", "Welcome")
                .label("draft")
                .property("colour", json!("blue")),
        )
        .with_content(Content::blog_post("DOCS", "News"))
        .with_content(Content::page("DOCS", "Files").id(65591))
        .with_content(Content::attachment(
            65591,
            "plan.txt",
            "First this, then that.",
        ))
        .with_content(Content::page("DOCS", "Not yet").id(65592).status("draft"))
        .with_webhook(
            "https://hooks.example.com/wiki",
            &["page_created", "page_updated"],
        )
        .with_pages("DOCS", 30)
        .with_spaces(60)
}

async fn site() -> confluence_cloud::Server {
    use confluence_cloud::{Attachment, BlogPost, Comment, Page, Server, Space, User};
    Server::start_on(8091)
        .await
        .with_users(50)
        .with_user(
            User::new("morgan")
                .email_visible()
                .property("colour", json!({ "value": "blue" })),
        )
        .with_groups(20)
        .with_space(
            Space::new("DOCS")
                .id("70000")
                .description("Everything written.")
                .property("colour", json!("blue")),
        )
        .with_page(
            Page::new("DOCS", "Welcome")
                .body("<p>First things first.</p>")
                .label("draft")
                .liked_by("morgan")
                .property("colour", json!("blue")),
        )
        .with_blog_post(BlogPost::new("DOCS", "News").label("draft"))
        .with_comment(Comment::new("Welcome", "<p>Nice.</p>").id("70001"))
        .with_comment(Comment::new("70001", "<p>Indeed.</p>").author("morgan"))
        .with_comment(Comment::inline("Welcome", "First things", "<p>Which?</p>"))
        .with_attachment(
            Attachment::new("Welcome", "plan.txt", "First this, then that.")
                .media_type("text/plain")
                .label("draft"),
        )
        .with_pages("DOCS", 30)
        .with_spaces(60)
}

async fn zone() -> onezone::Server {
    use onezone::{Group, NamedToken, Server, Space};
    Server::start_on(8092)
        .await
        .with_users(50)
        .with_group(Group::new("Astronomers").admin("admin").user("user00001"))
        .with_groups(20)
        .with_space(
            Space::new("Telescope")
                .owner("admin")
                .user("user00001")
                .group("Astronomers")
                .tag("sky"),
        )
        .with_space(
            Space::new("Archive")
                .owner("admin")
                .advertised("The Archive", "archive@example.com"),
        )
        .with_spaces(60)
        .with_named_token(NamedToken::new("laptop", "admin"))
}

async fn delay() -> workspaces::Server {
    workspaces::Server::start_on(8093)
        .await
        .with_workspaces(120)
}

/// The first few.
fn some<T: Into<Value>>(ids: impl Iterator<Item = T>) -> Vec<Value> {
    ids.take(12).map(Into::into).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn print(name: &str, requests: Requests) {
    for request in requests {
        println!("{name:12} {request}");
    }
}
