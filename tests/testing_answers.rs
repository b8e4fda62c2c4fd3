//! A round through the operations that the simulated servers know, each with all that it can expand: what
//! they answer fits the descriptions, to the letter (see tests/support/served.rs).

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

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use support::served::checked;

/// The value of an operation that has to go well.
fn served<T>(answer: Result<T, spacewright::Error>) -> T {
    answer.unwrap_or_else(|error| panic!("{error}"))
}

/// A body to send.
fn made<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

#[cfg(feature = "confluence-dc")]
mod data_center {
    use spacewright::testing::confluence_dc::{Content, Server, Space};

    use super::*;
    use crate::support::served::{Checked, OF_CONFLUENCE, described};

    #[tokio::test]
    async fn answers_fit_the_description() {
        let server = Server::start()
            .await
            .with_context_path("/wiki")
            .with_users(3)
            .with_space(Space::new("DOCS").description("All of it."))
            .with_content(Content::page("DOCS", "Home").label("draft"))
            .with_pages("DOCS", 3);
        let server = checked(server);
        people(&server).await;
        spaces(&server).await;
        contents(&server).await;
        permissions(&server).await;
        work(&server).await;
        versions(&server).await;
        looks(&server).await;
        server.assert_served(70);
    }

    async fn people(server: &Checked<Server>) {
        let wiki = server.client();
        let new = json!({
            "userName": "morgan", "fullName": "Morgan Lee", "email": "morgan@example.com", "password": "secret",
        });
        served(wiki.admin_user().create(made(new)).await);
        let change = json!({ "fullName": "Morgan B. Lee", "email": "morgan@example.com" });
        served(wiki.admin_user().update("morgan", made(change)).await);
        served(wiki.admin_user().disable("morgan").await);
        served(wiki.admin_user().enable("morgan").await);
        served(wiki.admin_users().list_active().await);
        let group = made(json!({ "name": "writers" }));
        served(wiki.admin_group().create(group).await);
        served(wiki.user_group().add("morgan", "writers").await);
        served(wiki.group().list().await);
        served(wiki.group().get("writers").await);
        served(wiki.group().list_members("writers").await);
        served(wiki.user().get().username("morgan").await);
        served(wiki.user().get_current().await);
        served(wiki.user().get_anonymous().await);
        served(wiki.user().list_groups().username("morgan").await);
        served(wiki.user_group().remove("morgan", "writers").await);
        served(wiki.admin_group().delete("writers").await);
        let _ = served(wiki.admin_user().delete("morgan").await);
    }

    async fn spaces(server: &Checked<Server>) {
        let wiki = server.client();
        let all = "description.plain,description.view,homepage,icon,metadata.labels,permissions,retentionPolicy";
        let new = made(json!({ "key": "NEW", "name": "New" }));
        served(wiki.space().create(new).await);
        served(wiki.space().get("DOCS").expand(all).await);
        served(wiki.space().list().expand(all).await);
        let change = made(json!({ "name": "Newer" }));
        served(wiki.space().update("NEW", change).await);
        served(wiki.space().archive("NEW").await);
        served(wiki.space().restore("NEW").await);
        let value = made(json!({ "key": "colour", "value": { "name": "blue" } }));
        served(wiki.space_property().create("NEW", value).await);
        served(wiki.space_property().get("NEW", "colour").await);
        served(wiki.space_property().list("NEW").await);
        served(wiki.space_property().delete("NEW", "colour").await);
        served(wiki.space_watchers().list("NEW").await);
        let _ = served(wiki.space().delete("NEW").await);
    }

    async fn contents(server: &Checked<Server>) {
        let wiki = server.client();
        let all = "ancestors,body.storage,body.view,container,history,metadata.labels,metadata.properties,\
                   operations,space,version";
        let new = json!({
            "type": "page", "title": "New", "space": { "key": "DOCS" },
            "body": { "storage": { "value": "<p>New</p>", "representation": "storage" } },
        });
        let page = served(wiki.content().create(made(new)).await);
        let id = page.id;
        served(wiki.content().get(&*id).expand(all).await);
        served(wiki.content().list().expand(all).await);
        served(wiki.content().get_history(&*id).await);
        served(wiki.content().scan().await);
        let change = made(json!({ "type": "page", "title": "Newer", "version": { "number": 2 } }));
        served(wiki.content().update(&*id, change).await);
        let label = made(json!([{ "name": "done", "prefix": "global" }]));
        let label: Vec<spacewright::confluence_dc::types::NewLabel> = label;
        served(wiki.content_labels().add(&*id, label).await);
        served(wiki.content_labels().list(&*id).await);
        let value = made(json!({ "key": "colour", "value": { "name": "blue" } }));
        served(wiki.content_property().create(&*id, value).await);
        served(wiki.content_property().list(&*id).await);
        served(wiki.user_watch().watch_content(&*id).await);
        let watch = wiki.user_watch().is_watching_content(&*id).await;
        served(watch);
        served(wiki.content().delete(&*id).await);
    }

    async fn versions(server: &Checked<Server>) {
        let wiki = server.client();
        let text = "<ac:structured-macro ac:name=\"toc\" ac:macro-id=\"1\"/>";
        let page = server.add_content(Content::page("DOCS", "Old").body(text));
        let page = page.to_string();
        for number in [2, 3] {
            let next = json!({ "type": "page", "title": "Old", "version": { "number": number } });
            served(wiki.content().update(&*page, made(next)).await);
        }
        let all = "history.contributors.publishers.users,history.nextVersion,history.previousVersion,version";
        let second = wiki.content().get(&*page).version(2).expand(all);
        served(second.status(["historical"]).await);
        let history = wiki.content().get_history(&*page);
        served(
            history
                .expand("contributors.publishers.users,nextVersion,previousVersion")
                .await,
        );
        served(wiki.content().get_macro(&*page, 2, "1").await);
        served(wiki.content_version().delete(&*page, 1).await);
        let text = made(json!({ "value": "h1. A", "representation": "wiki" }));
        let converted = wiki.content_body().convert("storage", text);
        served(converted.expand("content,webresource").await);
        for draft in [101, 102] {
            let title = format!("Draft {draft}");
            server.add_content(Content::page("DOCS", title).id(draft).status("draft"));
        }
        let new = made(json!({ "type": "page", "title": "Published", "space": { "key": "DOCS" } }));
        let blueprints = wiki.content_blueprint();
        served(
            blueprints
                .publish_legacy_draft("101", new)
                .expand("space")
                .await,
        );
        let same = made(json!({ "type": "page", "title": "Same", "version": { "number": 1 } }));
        served(blueprints.publish_shared_draft("102", same).await);
    }

    /// Colours, labels, figures and the log.
    async fn looks(server: &Checked<Server>) {
        let wiki = server.client();
        let colours = json!({ "colorSchemeModelDark": { "linkColor": "#123456" } });
        let (site, space) = (wiki.global_color_scheme(), wiki.space_color_scheme());
        served(site.get().await);
        served(site.get_default().await);
        served(site.update(made(colours.clone())).await);
        served(site.reset().await);
        served(space.update("DOCS", made(colours)).await);
        let own = made(json!({ "type": "custom" }));
        served(space.set_type("DOCS", own).await);
        served(space.get_type("DOCS").await);
        served(space.get("DOCS").await);
        served(space.reset("DOCS").await);
        let (labels, in_space) = (wiki.label(), wiki.space_label());
        served(labels.list().await);
        served(labels.list_popular().await);
        served(labels.list_recent().await);
        served(labels.list_related("draft").await);
        served(in_space.list("DOCS").await);
        served(in_space.list_popular("DOCS").await);
        served(in_space.list_recent("DOCS").await);
        served(in_space.list_related("DOCS", "draft").await);
        served(wiki.cluster().list_nodes().await);
        served(wiki.instance_metrics().get().await);
        let all = "content.space,space.homepage,user.status";
        let cql = "siteSearch ~ \"docs home user*\" or type in (space, user)";
        served(wiki.search().query(cql).expand(all).await);
    }

    async fn permissions(server: &Checked<Server>) {
        let wiki = server.client();
        served(wiki.space_permissions().list("DOCS").await);
        served(wiki.global_permissions().list().await);
        let user = wiki
            .global_permissions()
            .list_for_user(server.user("user00001").unwrap().key);
        served(user.await);
    }

    async fn work(server: &Checked<Server>) {
        let wiki = server.client();
        let hook = json!({
            "name": "Hook", "url": "https://hooks.example.com", "events": ["page_created"],
            "configuration": { "createdBy": "admin" },
        });
        let hook = served(wiki.webhook().create(made(hook)).await);
        let id = hook.id.unwrap();
        let page = json!({ "type": "page", "title": "Called for", "space": { "key": "DOCS" } });
        served(wiki.content().create(made(page)).await);
        served(wiki.webhook().get(id).statistics(true).await);
        served(wiki.webhook().list().statistics(true).await);
        served(wiki.webhook().get_latest_invocation(id).await);
        served(wiki.webhook().get_statistics(id).await);
        served(wiki.webhook().get_statistics_summary(id).await);
        served(wiki.webhook().test("https://hooks.example.com").await);
        let settings = made(json!({ "spaceKeys": ["DOCS"], "keepPermanently": true }));
        let backup = wiki.backup_restore().start_space_backup(settings).await;
        let _ = served(backup);
        served(wiki.backup_restore().list_jobs().await);
        served(wiki.long_task().list().await);
        served(wiki.search().query("space = DOCS").await);
    }

    #[test]
    fn what_is_not_declared_is_found() {
        let description = described("confluence-dc");
        let operation = description.named("space_get");
        let wrongs = |status, body: &[u8]| {
            let wrongs = description.wrongs(operation, status, body, OF_CONFLUENCE);
            wrongs.len()
        };
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
    use spacewright::Upload;
    use spacewright::testing::confluence_cloud::{
        Attachment, BlogPost, Comment, Page, Server, Space, User,
    };

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
            .with_blog_post(BlogPost::new("DOCS", "News").id("82"))
            .with_comment(Comment::new("80", "<p>Nice</p>").id("83").liked_by("jane"))
            .with_attachment(Attachment::new("80", "plan.txt", "one").id("84"))
    }

    #[tokio::test]
    async fn answers_of_the_second_interface_fit_the_description() {
        let server = checked(site().await);
        let site = server.client();
        served(site.space().list().await);
        let space = site
            .space()
            .get("70")
            .include_properties(true)
            .include_permissions(true);
        served(space.include_labels(true).include_operations(true).await);
        let new = made(json!({ "name": "New", "key": "NEW" }));
        served(site.space().create(new).await);
        served(site.space_properties().list("70").await);
        served(site.space_permissions().list_of_space("70").await);
        served(site.page().list().await);
        served(site.page().list_of_space("70").await);
        let page = site
            .page()
            .get("80")
            .include_labels(true)
            .include_properties(true);
        served(page.include_versions(true).include_operations(true).await);
        let new = json!({
            "spaceId": "70", "title": "New", "body": { "representation": "storage", "value": "<p>New</p>" },
        });
        served(site.page().create(made(new)).await);
        served(site.label().list_of_page("80").await);
        served(site.children().list_of_page("80").await);
        let property = made(json!({ "key": "size", "value": 7 }));
        let properties = site.content_properties();
        served(properties.create_on_page("80", property).await);
        served(properties.list_of_page("80").await);
        served(site.version().list_of_page("80").await);
        served(site.version().get_of_page("80", 1).await);
        let ids = made(json!({ "accountIds": ["jane"] }));
        served(site.user().list_by_ids(ids).await);
        served(site.page().delete("81").await);
        server.assert_served(17);
    }

    #[tokio::test]
    async fn answers_about_blog_posts_comments_and_attachments_fit_the_description() {
        let server = checked(site().await);
        let site = server.client();
        let posts = site.blog_post();
        served(posts.list().await);
        served(posts.list_of_space("70").await);
        let new = made(json!({ "spaceId": "70", "title": "More news" }));
        served(posts.create(new).await);
        let post = posts.get("82").include_labels(true).include_likes(true);
        served(post.include_versions(true).include_operations(true).await);
        served(posts.delete("82").await);
        let comments = site.comment();
        served(comments.list_footer_of_page("80").await);
        let comment = comments.get_footer("83").include_likes(true);
        served(
            comment
                .include_properties(true)
                .include_versions(true)
                .await,
        );
        let body = json!({ "representation": "storage", "value": "<p>Good</p>" });
        let new = made(json!({ "parentCommentId": "83", "body": body }));
        served(comments.create_footer(new).await);
        served(comments.list_footer_replies("83").await);
        served(site.like().count_of_footer_comment("83").await);
        let attachments = site.attachment();
        served(attachments.list_of_page("80").await);
        let file = attachments.get("att84").include_labels(true);
        served(file.include_operations(true).include_versions(true).await);
        served(site.version().get_of_attachment("att84", 1).await);
        served(site.operation().list_of_attachment("att84").await);
        let first = site.v1().attachment();
        let two = Upload::bytes("plan.txt", "two");
        served(first.create_or_update("80", two).await);
        served(first.download("80", "att84").await);
        server.assert_served(16);
    }

    #[tokio::test]
    async fn answers_of_the_first_interface_fit_the_description() {
        let server = checked(site().await);
        let site = server.client().v1();
        served(site.user().get("jane").await);
        served(site.user().get_current().await);
        served(site.user().list_groups("jane").await);
        served(site.group().list().await);
        let new = made(json!({ "key": "OLD", "name": "Old" }));
        served(site.space().create(new).await);
        let change = made(json!({ "name": "Older" }));
        served(site.space().update("OLD", change).await);
        let task = served(site.space().delete("OLD").await);
        served(site.long_task().get(task.id()).await);
        served(site.long_task().list().await);
        server.assert_served(9);
    }
}

#[cfg(feature = "onezone")]
mod zone {
    use spacewright::testing::onezone::{Group, NamedToken, Server, Space, User};

    use super::*;
    use crate::support::served::Checked;

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
        let server = checked(zone().await);
        zone_and_users(&server).await;
        spaces(&server).await;
        groups(&server).await;
        tokens(&server).await;
        server.assert_served(38);
    }

    async fn zone_and_users(server: &Checked<Server>) {
        let zone = server.client();
        served(zone.zone().get_configuration().await);
        served(zone.zone().list_privileges().await);
        served(zone.users().list().await);
        served(zone.users().get("jane0").await);
        let new =
            made(json!({ "username": "joe", "password": "secret-secret", "fullName": "Joe" }));
        served(zone.users().create(new).await);
        served(zone.users().list_oz_privileges("jane0").await);
        served(zone.me().get().await);
        served(zone.me().list_spaces().await);
        served(zone.me().get_space("space0").await);
        served(zone.me().list_effective_groups().await);
        served(zone.me().list_effective_spaces().await);
        served(zone.me().list_oz_privileges().await);
    }

    async fn spaces(server: &Checked<Server>) {
        let spaces = server.client().spaces();
        served(spaces.list().await);
        served(spaces.create(made(json!({ "name": "Lab" }))).await);
        served(spaces.get("space0").await);
        served(
            spaces
                .update("space0", made(json!({ "name": "Big telescope" })))
                .await,
        );
        served(spaces.list_privileges().await);
        served(spaces.list_users("space0").await);
        served(spaces.list_groups("space0").await);
        served(spaces.list_owners("space0").await);
        served(spaces.list_effective_users("space0").await);
        served(spaces.get_effective_user("space0", "jane0").await);
        let membership = spaces
            .get_effective_user_membership("space0", "jane0")
            .await;
        served(membership);
        served(spaces.get_group("space0", "group0").await);
        served(spaces.list_marketplace(made(json!({}))).await);
        served(spaces.get_marketplace_space("space1").await);
        served(spaces.delete("space1").await);
    }

    async fn groups(server: &Checked<Server>) {
        let groups = server.client().groups();
        served(groups.list().await);
        served(groups.create(made(json!({ "name": "Chemists" }))).await);
        served(groups.get("group0").await);
        served(groups.list_privileges().await);
        served(groups.add_child("group0", "group1", made(json!({}))).await);
        served(groups.list_children("group0").await);
        served(groups.list_users("group0").await);
        served(groups.get_user("group0", "jane0").await);
        served(groups.list_user_privileges("group0", "jane0").await);
        served(groups.remove_child("group0", "group1").await);
    }

    async fn tokens(server: &Checked<Server>) {
        let tokens = server.client().tokens();
        served(tokens.list_named().await);
        served(tokens.get("token0").await);
        served(tokens.get_status("token0").await);
        let text = server.named_token_text("token0").unwrap();
        let named = || json!({ "token": text });
        served(tokens.examine(made(named())).await);
        served(tokens.verify_access_token(made(named())).await);
        served(tokens.delete("token0").await);
    }
}

#[cfg(feature = "workspaces")]
#[tokio::test]
async fn answers_of_workspaces_fit_the_description() {
    let server = spacewright::testing::workspaces::Server::start()
        .await
        .with_workspaces(3);
    let server = checked(server);
    let delay = server.client();
    let new = json!({ "identifier": "docs", "name": "Docs", "workspace_type": "multi_user" });
    served(delay.workspaces().create(made(new)).await);
    served(delay.workspaces().list().await);
    server.assert_served(2);
}
