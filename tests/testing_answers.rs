//! What the simulated servers answer to the typed clients fits the descriptions, to the letter.
//!
//! A typed client forgives much: a property that nobody described is left aside, one that is misspelt is
//! merely absent. Here each answer is held against its schema, with code that the crate does not share.

#![cfg(all(
    feature = "testing",
    any(
        feature = "confluence-dc",
        feature = "confluence-cloud",
        feature = "onezone",
        feature = "workspaces"
    )
))]
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use spacewright::{Answer, Error};
use support::operation::{Operation, operations};
use support::spec::Spec;
use support::validate::violations;

/// Properties that every object of a Confluence may have, whether or not it is described with them.
const ANYWHERE: [&str; 2] = ["_links", "_expandable"];

/// Holds answers against the description of a service.
struct Checker {
    spec: Spec,
    operations: Vec<Operation>,
    checked: BTreeSet<String>,
    wrong: Vec<String>,
}

impl Checker {
    fn of(folder: &str) -> Self {
        let spec = Spec::load(folder);
        let operations = operations(&spec);
        Self {
            spec,
            operations,
            checked: BTreeSet::new(),
            wrong: Vec::new(),
        }
    }

    /// Checks the answer to the operation of this name; gives its value.
    fn check<T>(&mut self, id: &str, answer: Result<Answer<T>, Error>) -> T {
        let answer = answer.unwrap_or_else(|error| panic!("{id}: {error}"));
        let found = self.wrongs(id, answer.status().as_u16(), answer.body());
        self.wrong.extend(found);
        self.checked.insert(id.to_owned());
        answer.into_value()
    }

    /// How an answer differs from what is declared.
    fn wrongs(&self, id: &str, status: u16, body: &[u8]) -> Vec<String> {
        let operation = self.operations.iter().find(|one| one.id == id);
        let operation = operation.unwrap_or_else(|| panic!("{id} is not described"));
        let Some(success) = operation.success.iter().find(|one| one.status == status) else {
            return vec![format!("{id}: {status} is not declared")];
        };
        let Some((_, schema)) = &success.content else {
            return (!body.is_empty())
                .then(|| format!("{id}: a body that is not declared"))
                .into_iter()
                .collect();
        };
        let body = without_nulls(serde_json::from_slice(body).unwrap());
        let found = violations(&self.spec, schema, &body, id);
        found.into_iter().filter(|wrong| !allowed(wrong)).collect()
    }

    /// Fails with all that was wrong.
    fn finish(self, least: usize) {
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
        let checked = self.checked.len();
        assert!(checked >= least, "only {checked} operations were checked");
    }
}

/// What is optional may be null as well as absent; what is required is missed when it is null.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(entries) => entries
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nulls(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

fn allowed(wrong: &str) -> bool {
    let undeclared = |name| wrong.ends_with(&format!(".{name} is not declared"));
    ANYWHERE.into_iter().any(undeclared)
}

/// A body to send.
fn made<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

#[cfg(feature = "confluence-dc")]
mod data_center {
    use spacewright::testing::confluence_dc::{Content, Server, Space};

    use super::*;

    #[tokio::test]
    async fn answers_fit_the_description() {
        let server = Server::start()
            .await
            .with_context_path("/wiki")
            .with_users(3)
            .with_space(Space::new("DOCS").description("All of it."))
            .with_content(Content::page("DOCS", "Home").label("draft"))
            .with_pages("DOCS", 3);
        let mut checker = Checker::of("confluence-dc");
        people(&server, &mut checker).await;
        spaces(&server, &mut checker).await;
        contents(&server, &mut checker).await;
        permissions(&server, &mut checker).await;
        work(&server, &mut checker).await;
        checker.finish(45);
    }

    async fn people(server: &Server, c: &mut Checker) {
        let wiki = server.client();
        let new = json!({
            "userName": "morgan", "fullName": "Morgan Lee", "email": "morgan@example.com", "password": "secret",
        });
        c.check(
            "admin_user_create",
            wiki.admin_user().create(made(new)).send().await,
        );
        let change = json!({ "fullName": "Morgan B. Lee", "email": "morgan@example.com" });
        c.check(
            "admin_user_update",
            wiki.admin_user()
                .update("morgan", made(change))
                .send()
                .await,
        );
        c.check(
            "admin_user_disable",
            wiki.admin_user().disable("morgan").send().await,
        );
        c.check(
            "admin_user_enable",
            wiki.admin_user().enable("morgan").send().await,
        );
        c.check(
            "admin_users_list_active",
            wiki.admin_users().list_active().send().await,
        );
        let group = made(json!({ "name": "writers" }));
        c.check(
            "admin_group_create",
            wiki.admin_group().create(group).send().await,
        );
        c.check(
            "user_group_add",
            wiki.user_group().add("morgan", "writers").send().await,
        );
        c.check("group_list", wiki.group().list().send().await);
        c.check("group_get", wiki.group().get("writers").send().await);
        c.check(
            "group_list_members",
            wiki.group().list_members("writers").send().await,
        );
        c.check(
            "user_get",
            wiki.user().get().username("morgan").send().await,
        );
        c.check("user_get_current", wiki.user().get_current().send().await);
        c.check(
            "user_get_anonymous",
            wiki.user().get_anonymous().send().await,
        );
        c.check(
            "user_list_groups",
            wiki.user().list_groups().username("morgan").send().await,
        );
        c.check(
            "user_group_remove",
            wiki.user_group().remove("morgan", "writers").send().await,
        );
        c.check(
            "admin_group_delete",
            wiki.admin_group().delete("writers").send().await,
        );
        let _ = c.check(
            "admin_user_delete",
            wiki.admin_user().delete("morgan").send().await,
        );
    }

    async fn spaces(server: &Server, c: &mut Checker) {
        let wiki = server.client();
        let all = "description.plain,description.view,homepage,icon,metadata.labels,permissions,retentionPolicy";
        let new = made(json!({ "key": "NEW", "name": "New" }));
        c.check("space_create", wiki.space().create(new).send().await);
        c.check(
            "space_get",
            wiki.space().get("DOCS").expand(all).send().await,
        );
        c.check("space_list", wiki.space().list().expand(all).send().await);
        let change = made(json!({ "name": "Newer" }));
        c.check(
            "space_update",
            wiki.space().update("NEW", change).send().await,
        );
        c.check("space_archive", wiki.space().archive("NEW").send().await);
        c.check("space_restore", wiki.space().restore("NEW").send().await);
        let value = made(json!({ "key": "colour", "value": { "name": "blue" } }));
        c.check(
            "space_property_create",
            wiki.space_property().create("NEW", value).send().await,
        );
        c.check(
            "space_property_get",
            wiki.space_property().get("NEW", "colour").send().await,
        );
        c.check(
            "space_property_list",
            wiki.space_property().list("NEW").send().await,
        );
        c.check(
            "space_property_delete",
            wiki.space_property().delete("NEW", "colour").send().await,
        );
        c.check(
            "space_watchers_list",
            wiki.space_watchers().list("NEW").send().await,
        );
        let _ = c.check("space_delete", wiki.space().delete("NEW").send().await);
    }

    async fn contents(server: &Server, c: &mut Checker) {
        let wiki = server.client();
        let all = "ancestors,body.storage,body.view,container,history,metadata.labels,metadata.properties,\
                   operations,space,version";
        let new = json!({
            "type": "page", "title": "New", "space": { "key": "DOCS" },
            "body": { "storage": { "value": "<p>New</p>", "representation": "storage" } },
        });
        let page = c.check(
            "content_create",
            wiki.content().create(made(new)).send().await,
        );
        let id = page.id;
        c.check(
            "content_get",
            wiki.content().get(&*id).expand(all).send().await,
        );
        c.check(
            "content_list",
            wiki.content().list().expand(all).send().await,
        );
        c.check(
            "content_get_history",
            wiki.content().get_history(&*id).send().await,
        );
        c.check("content_scan", wiki.content().scan().send().await);
        let change = made(json!({ "type": "page", "title": "Newer", "version": { "number": 2 } }));
        c.check(
            "content_update",
            wiki.content().update(&*id, change).send().await,
        );
        let label = made(json!([{ "name": "done", "prefix": "global" }]));
        let label: Vec<spacewright::confluence_dc::types::NewLabel> = label;
        c.check(
            "content_labels_add",
            wiki.content_labels().add(&*id, label).send().await,
        );
        c.check(
            "content_labels_list",
            wiki.content_labels().list(&*id).send().await,
        );
        let value = made(json!({ "key": "colour", "value": { "name": "blue" } }));
        c.check(
            "content_property_create",
            wiki.content_property().create(&*id, value).send().await,
        );
        c.check(
            "content_property_list",
            wiki.content_property().list(&*id).send().await,
        );
        c.check(
            "user_watch_watch_content",
            wiki.user_watch().watch_content(&*id).send().await,
        );
        let watch = wiki.user_watch().is_watching_content(&*id).send().await;
        c.check("user_watch_is_watching_content", watch);
        c.check("content_delete", wiki.content().delete(&*id).send().await);
    }

    async fn permissions(server: &Server, c: &mut Checker) {
        let wiki = server.client();
        c.check(
            "space_permissions_list",
            wiki.space_permissions().list("DOCS").send().await,
        );
        c.check(
            "global_permissions_list",
            wiki.global_permissions().list().send().await,
        );
        let user = wiki
            .global_permissions()
            .list_for_user(server.user("user00001").unwrap().key);
        c.check("global_permissions_list_for_user", user.send().await);
    }

    async fn work(server: &Server, c: &mut Checker) {
        let wiki = server.client();
        let hook = json!({
            "name": "Hook", "url": "https://hooks.example.com", "events": ["page_created"],
            "configuration": { "createdBy": "admin" },
        });
        let hook = c.check(
            "webhook_create",
            wiki.webhook().create(made(hook)).send().await,
        );
        c.check(
            "webhook_get",
            wiki.webhook().get(hook.id.unwrap()).send().await,
        );
        c.check("webhook_list", wiki.webhook().list().send().await);
        let settings = made(json!({ "spaceKeys": ["DOCS"], "keepPermanently": true }));
        let backup = wiki
            .backup_restore()
            .start_space_backup(settings)
            .send()
            .await;
        let _ = c.check("backup_restore_start_space_backup", backup);
        c.check(
            "backup_restore_list_jobs",
            wiki.backup_restore().list_jobs().send().await,
        );
        c.check("long_task_list", wiki.long_task().list().send().await);
        c.check(
            "search_query",
            wiki.search().query("space = DOCS").send().await,
        );
    }

    #[test]
    fn what_is_not_declared_is_found() {
        let checker = Checker::of("confluence-dc");
        let wrongs = |status, body: &[u8]| checker.wrongs("space_get", status, body).len();
        assert_eq!(
            wrongs(
                200,
                br#"{ "id": 7, "key": "DOCS", "name": null, "_expandable": {} }"#
            ),
            0
        );
        assert_eq!(
            wrongs(200, br#"{ "id": 7, "key": "DOCS", "title": "Docs" }"#),
            1
        );
        assert_eq!(wrongs(200, br#"{ "id": [7], "key": "DOCS" }"#), 1);
        assert_eq!(wrongs(206, b"{}"), 1);
    }
}

#[cfg(feature = "confluence-cloud")]
mod cloud {
    use spacewright::testing::confluence_cloud::{Page, Server, Space, User};

    use super::*;

    async fn site() -> Server {
        Server::start()
            .await
            .with_user(
                User::new("jane")
                    .email_visible()
                    .property("colour", json!({ "value": 1 })),
            )
            .with_groups(2)
            .with_member("group-00001", "jane")
            .with_space(
                Space::new("DOCS")
                    .id("70")
                    .property("colour", json!("blue")),
            )
            .with_page(
                Page::new("DOCS", "Top")
                    .id("80")
                    .label("draft")
                    .property("colour", json!("blue")),
            )
            .with_page(Page::new("DOCS", "Below").id("81").parent("80"))
    }

    #[tokio::test]
    async fn answers_of_the_second_interface_fit_the_description() {
        let server = site().await;
        let site = server.client();
        let mut c = Checker::of("confluence-cloud/v2");
        c.check("space_list", site.space().list().send().await);
        let space = site
            .space()
            .get("70")
            .include_properties(true)
            .include_permissions(true);
        c.check(
            "space_get",
            space
                .include_labels(true)
                .include_operations(true)
                .send()
                .await,
        );
        let new = made(json!({ "name": "New", "key": "NEW" }));
        c.check("space_create", site.space().create(new).send().await);
        c.check(
            "space_properties_list",
            site.space_properties().list("70").send().await,
        );
        c.check(
            "space_permissions_list_of_space",
            site.space_permissions().list_of_space("70").send().await,
        );
        c.check("page_list", site.page().list().send().await);
        c.check(
            "page_list_of_space",
            site.page().list_of_space("70").send().await,
        );
        let page = site
            .page()
            .get("80")
            .include_labels(true)
            .include_properties(true);
        c.check(
            "page_get",
            page.include_versions(true)
                .include_operations(true)
                .send()
                .await,
        );
        let new = json!({
            "spaceId": "70", "title": "New", "body": { "representation": "storage", "value": "<p>New</p>" },
        });
        c.check("page_create", site.page().create(made(new)).send().await);
        c.check(
            "label_list_of_page",
            site.label().list_of_page("80").send().await,
        );
        c.check(
            "children_list_of_page",
            site.children().list_of_page("80").send().await,
        );
        let property = made(json!({ "key": "size", "value": 7 }));
        let properties = site.content_properties();
        c.check(
            "content_properties_create_on_page",
            properties.create_on_page("80", property).send().await,
        );
        c.check(
            "content_properties_list_of_page",
            properties.list_of_page("80").send().await,
        );
        c.check(
            "version_list_of_page",
            site.version().list_of_page("80").send().await,
        );
        c.check(
            "version_get_of_page",
            site.version().get_of_page("80", 1).send().await,
        );
        let ids = made(json!({ "accountIds": ["jane"] }));
        c.check(
            "user_list_by_ids",
            site.user().list_by_ids(ids).send().await,
        );
        c.check("page_delete", site.page().delete("81").send().await);
        c.finish(17);
    }

    #[tokio::test]
    async fn answers_of_the_first_interface_fit_the_description() {
        let server = site().await;
        let site = server.client().v1();
        let mut c = Checker::of("confluence-cloud/v1");
        c.check("user_get", site.user().get("jane").send().await);
        c.check("user_get_current", site.user().get_current().send().await);
        c.check(
            "user_list_groups",
            site.user().list_groups("jane").send().await,
        );
        c.check("group_list", site.group().list().send().await);
        let new = made(json!({ "key": "OLD", "name": "Old" }));
        c.check("space_create", site.space().create(new).send().await);
        let change = made(json!({ "name": "Older" }));
        c.check(
            "space_update",
            site.space().update("OLD", change).send().await,
        );
        let task = c.check("space_delete", site.space().delete("OLD").send().await);
        c.check(
            "long_task_get",
            site.long_task().get(task.id()).send().await,
        );
        c.check("long_task_list", site.long_task().list().send().await);
        c.finish(9);
    }
}

#[cfg(feature = "onezone")]
mod zone {
    use spacewright::testing::onezone::{Group, NamedToken, Server, Space, User};

    use super::*;

    async fn zone() -> Server {
        Server::start()
            .await
            .with_user(User::new("jane").id("jane0"))
            .with_group(
                Group::new("Astronomers")
                    .id("group0")
                    .admin("admin")
                    .user("jane"),
            )
            .with_group(Group::new("Optics").id("group1").admin("admin"))
            .with_space(
                Space::new("Telescope")
                    .id("space0")
                    .owner("admin")
                    .group("Astronomers"),
            )
            .with_space(
                Space::new("Archive")
                    .id("space1")
                    .owner("admin")
                    .advertised("All", "a@example.com"),
            )
            .with_named_token(NamedToken::new("laptop", "admin").id("token0"))
    }

    #[tokio::test]
    async fn answers_fit_the_description() {
        let server = zone().await;
        let mut checker = Checker::of("onezone");
        zone_and_users(&server, &mut checker).await;
        spaces(&server, &mut checker).await;
        groups(&server, &mut checker).await;
        tokens(&server, &mut checker).await;
        checker.finish(38);
    }

    async fn zone_and_users(server: &Server, c: &mut Checker) {
        let zone = server.client();
        c.check(
            "zone_get_configuration",
            zone.zone().get_configuration().send().await,
        );
        c.check(
            "zone_list_privileges",
            zone.zone().list_privileges().send().await,
        );
        c.check("users_list", zone.users().list().send().await);
        c.check("users_get", zone.users().get("jane0").send().await);
        let new =
            made(json!({ "username": "joe", "password": "secret-secret", "fullName": "Joe" }));
        c.check("users_create", zone.users().create(new).send().await);
        c.check(
            "users_list_oz_privileges",
            zone.users().list_oz_privileges("jane0").send().await,
        );
        c.check("me_get", zone.me().get().send().await);
        c.check("me_list_spaces", zone.me().list_spaces().send().await);
        c.check("me_get_space", zone.me().get_space("space0").send().await);
        c.check(
            "me_list_effective_groups",
            zone.me().list_effective_groups().send().await,
        );
        c.check(
            "me_list_effective_spaces",
            zone.me().list_effective_spaces().send().await,
        );
        c.check(
            "me_list_oz_privileges",
            zone.me().list_oz_privileges().send().await,
        );
    }

    async fn spaces(server: &Server, c: &mut Checker) {
        let spaces = server.client().spaces();
        c.check("spaces_list", spaces.list().send().await);
        c.check(
            "spaces_create",
            spaces.create(made(json!({ "name": "Lab" }))).send().await,
        );
        c.check("spaces_get", spaces.get("space0").send().await);
        c.check(
            "spaces_update",
            spaces
                .update("space0", made(json!({ "name": "Big telescope" })))
                .send()
                .await,
        );
        c.check(
            "spaces_list_privileges",
            spaces.list_privileges().send().await,
        );
        c.check(
            "spaces_list_users",
            spaces.list_users("space0").send().await,
        );
        c.check(
            "spaces_list_groups",
            spaces.list_groups("space0").send().await,
        );
        c.check(
            "spaces_list_owners",
            spaces.list_owners("space0").send().await,
        );
        c.check(
            "spaces_list_effective_users",
            spaces.list_effective_users("space0").send().await,
        );
        c.check(
            "spaces_get_effective_user",
            spaces.get_effective_user("space0", "jane0").send().await,
        );
        let membership = spaces
            .get_effective_user_membership("space0", "jane0")
            .send()
            .await;
        c.check("spaces_get_effective_user_membership", membership);
        c.check(
            "spaces_get_group",
            spaces.get_group("space0", "group0").send().await,
        );
        c.check(
            "spaces_list_marketplace",
            spaces.list_marketplace(made(json!({}))).send().await,
        );
        c.check(
            "spaces_get_marketplace_space",
            spaces.get_marketplace_space("space1").send().await,
        );
        c.check("spaces_delete", spaces.delete("space1").send().await);
    }

    async fn groups(server: &Server, c: &mut Checker) {
        let groups = server.client().groups();
        c.check("groups_list", groups.list().send().await);
        c.check(
            "groups_create",
            groups
                .create(made(json!({ "name": "Chemists" })))
                .send()
                .await,
        );
        c.check("groups_get", groups.get("group0").send().await);
        c.check(
            "groups_list_privileges",
            groups.list_privileges().send().await,
        );
        c.check(
            "groups_add_child",
            groups
                .add_child("group0", "group1", made(json!({})))
                .send()
                .await,
        );
        c.check(
            "groups_list_children",
            groups.list_children("group0").send().await,
        );
        c.check(
            "groups_list_users",
            groups.list_users("group0").send().await,
        );
        c.check(
            "groups_get_user",
            groups.get_user("group0", "jane0").send().await,
        );
        c.check(
            "groups_list_user_privileges",
            groups.list_user_privileges("group0", "jane0").send().await,
        );
        c.check(
            "groups_remove_child",
            groups.remove_child("group0", "group1").send().await,
        );
    }

    async fn tokens(server: &Server, c: &mut Checker) {
        let tokens = server.client().tokens();
        c.check("tokens_list_named", tokens.list_named().send().await);
        c.check("tokens_get", tokens.get("token0").send().await);
        c.check(
            "tokens_get_status",
            tokens.get_status("token0").send().await,
        );
        let text = server.named_token_text("token0").unwrap();
        let named = || json!({ "token": text });
        c.check("tokens_examine", tokens.examine(made(named())).send().await);
        c.check(
            "tokens_verify_access_token",
            tokens.verify_access_token(made(named())).send().await,
        );
        c.check("tokens_delete", tokens.delete("token0").send().await);
    }
}

#[cfg(feature = "workspaces")]
#[tokio::test]
async fn answers_of_workspaces_fit_the_description() {
    let server = spacewright::testing::workspaces::Server::start()
        .await
        .with_workspaces(3);
    let delay = server.client();
    let mut c = Checker::of("workspaces");
    let new = json!({ "identifier": "docs", "name": "Docs", "workspace_type": "multi_user" });
    c.check(
        "workspaces_create",
        delay.workspaces().create(made(new)).send().await,
    );
    c.check("workspaces_list", delay.workspaces().list().send().await);
    c.finish(2);
}
