//! The versions of a page, drafts, and what is read out of them.

use serde_json::{Value, json};
use spacewright::testing::confluence_dc::{Content, Grant, Server, Space, User};

use super::Caller;
use crate::support::served::{Checked, checked};

const PAGE: &str = "/rest/api/content/7";

async fn wiki() -> Checked<Server> {
    let server = Server::start()
        .await
        .with_user(User::new("morgan"))
        .with_space(Space::new("TEST"))
        .with_content(Content::page("TEST", "Plan").id(7).body("<p>one</p>"));
    checked(server)
}

fn edit(number: u64, text: &str) -> Option<Value> {
    Some(json!({
        "type": "page", "title": "Plan", "version": { "number": number, "message": text, "minorEdit": true },
        "body": { "storage": { "value": format!("<p>{text}</p>"), "representation": "storage" } },
    }))
}

/// A page whose second version is by `morgan` and whose third is by `admin`.
async fn edited() -> (Checked<Server>, Caller, Caller) {
    let server = wiki().await;
    let admin = Caller::new(&server, "admin");
    let morgan = Caller::new(&server, "morgan");
    assert_eq!(morgan.send("PUT", PAGE, edit(2, "two")).await.0, 200);
    assert_eq!(admin.send("PUT", PAGE, edit(2, "late")).await.0, 409);
    let path = format!("{PAGE}?expand=history.previousVersion");
    let (status, page) = admin.send("PUT", &path, edit(3, "three")).await;
    assert_eq!((status, &page["history"]["latest"]), (200, &json!(true)));
    assert_eq!(page["history"]["previousVersion"]["number"], 2);
    (server, admin, morgan)
}

/// The text of a version.
async fn text(caller: &Caller, version: u32) -> (u16, String) {
    let path = format!("{PAGE}?version={version}&status=historical&expand=body.storage");
    let (status, page) = caller.get(&path).await;
    let text = page["body"]["storage"]["value"].as_str();
    (status, text.unwrap_or_default().to_owned())
}

#[tokio::test]
async fn earlier_ones_are_kept_with_who_made_them() {
    let (server, admin, morgan) = edited().await;
    assert_eq!(text(&morgan, 1).await, (200, "<p>one</p>".to_owned()));
    assert_eq!(text(&morgan, 2).await, (200, "<p>two</p>".to_owned()));
    assert_eq!(text(&morgan, 4).await.0, 404);
    assert_eq!(admin.get(&format!("{PAGE}?version=1")).await.0, 404);

    let path = format!("{PAGE}?version=2&status=historical&expand=version,history.nextVersion");
    let (_, second) = admin.get(&path).await;
    assert_eq!(second["status"], "historical");
    assert_eq!(second["version"]["by"]["username"], "morgan");
    assert_eq!(second["version"]["message"], "two");
    assert_eq!(second["version"]["minorEdit"], true);
    assert_eq!(second["history"]["latest"], false);
    assert_eq!(second["history"]["nextVersion"]["number"], 3);

    let expand = "lastUpdated,previousVersion,nextVersion,contributors.publishers.users";
    let (_, history) = admin.get(&format!("{PAGE}/history?expand={expand}")).await;
    assert_eq!(history["latest"], true);
    assert_eq!(history["lastUpdated"]["number"], 3);
    assert_eq!(history["previousVersion"]["by"]["username"], "morgan");
    assert_eq!(history.get("nextVersion"), None);
    let users = &history["contributors"]["publishers"]["users"];
    assert_eq!(users.as_array().map(Vec::len), Some(2));

    let page = server.content(7).expect("the page");
    let first = page.at_version(1).expect("the first version");
    assert_eq!(
        (first.body.as_str(), page.at_version(9)),
        ("<p>one</p>", None)
    );
}

#[tokio::test]
async fn deleting_one_gives_the_later_ones_new_numbers() {
    let (_server, admin, morgan) = edited().await;
    let version = |number: u32| format!("{PAGE}/version/{number}");
    assert_eq!(morgan.send("DELETE", &version(1), None).await.0, 403);
    assert_eq!(admin.send("DELETE", &version(3), None).await.0, 400);
    assert_eq!(admin.send("DELETE", &version(4), None).await.0, 404);
    assert_eq!(admin.send("DELETE", &version(1), None).await.0, 204);
    assert_eq!(text(&admin, 1).await.1, "<p>two</p>");
    let (_, page) = admin.get(&format!("{PAGE}?expand=version")).await;
    assert_eq!(page["version"]["number"], 2);
}

#[tokio::test]
async fn a_page_comes_back_from_the_trash_as_it_was() {
    let (_server, admin, _) = edited().await;
    assert_eq!(admin.send("DELETE", PAGE, None).await.0, 204);
    assert_eq!(admin.get(PAGE).await.0, 404);
    assert_eq!(admin.get(&format!("{PAGE}?status=trashed")).await.0, 200);
    let restored = json!({
        "type": "page", "title": "Other", "status": "current", "version": { "number": 4 },
    });
    let (status, page) = admin.send("PUT", PAGE, Some(restored)).await;
    assert_eq!((status, &page["title"]), (200, &json!("Plan")));
    assert_eq!(admin.get(PAGE).await.0, 200);
}

#[tokio::test]
async fn a_page_is_not_moved_below_itself() {
    let server = wiki().await;
    let admin = Caller::new(&server, "admin");
    server.add_content(Content::page("TEST", "Detail").id(8).parent(7));
    for parent in ["7", "8"] {
        let mut body = edit(2, "two").expect("a body");
        body["ancestors"] = json!([{ "id": parent }]);
        assert_eq!(admin.send("PUT", PAGE, Some(body)).await.0, 400);
    }
}

#[tokio::test]
async fn a_draft_is_published_with_its_first_version() {
    let server = wiki().await;
    let admin = Caller::new(&server, "admin");
    let draft = json!({
        "type": "page", "title": "New", "space": { "key": "TEST" }, "status": "draft",
    });
    let (_, draft) = admin.send("POST", "/rest/api/content", Some(draft)).await;
    let path = format!("/rest/api/content/{}", draft["id"].as_str().expect("an id"));
    assert_eq!(admin.get(&path).await.0, 404);
    assert_eq!(admin.get(&format!("{path}?status=draft")).await.0, 200);

    let body = |number: u32| {
        let version = json!({ "number": number });
        Some(json!({ "type": "page", "title": "New", "status": "current", "version": version }))
    };
    assert_eq!(admin.send("PUT", &path, body(1)).await.0, 404);
    let as_draft = format!("{path}?status=draft&expand=version");
    assert_eq!(admin.send("PUT", &as_draft, body(2)).await.0, 409);
    let (status, page) = admin.send("PUT", &as_draft, body(1)).await;
    assert_eq!((status, &page["version"]["number"]), (200, &json!(1)));
    let back = json!({
        "type": "page", "title": "New", "status": "draft", "version": { "number": 2 },
    });
    assert_eq!(admin.send("PUT", &path, Some(back)).await.0, 400);
}

#[tokio::test]
async fn drafts_of_blueprints_are_published_in_two_ways() {
    let readers = Grant::to_user("kim", "space", "read");
    let server = wiki().await;
    server.add_user(User::new("kim"));
    server.add_space(Space::new("NEWS").private().grant(readers));
    for id in [11, 12, 13] {
        let draft = Content::page("NEWS", format!("Draft {id}")).id(id);
        server.add_content(draft.status("draft"));
    }
    let admin = Caller::new(&server, "admin");
    let kim = Caller::new(&server, "kim");
    let path = |id: u32| format!("/rest/api/content/blueprint/instance/{id}?expand=version");
    let new = Some(json!({ "type": "page", "title": "Anew", "space": { "key": "NEWS" } }));
    let same = |number: u32| {
        Some(json!({ "type": "page", "title": "Same", "version": { "number": number } }))
    };
    assert_eq!(kim.send("PUT", &path(12), same(1)).await.0, 403);
    assert_eq!(admin.send("POST", &path(7), new.clone()).await.0, 404);

    let (status, page) = admin.send("POST", &path(11), new.clone()).await;
    assert_eq!(status, 200, "{page}");
    assert!(page["id"] != "11" && server.content(11).is_none());
    // The title is taken now, and the draft stays.
    assert_eq!(admin.send("POST", &path(13), new).await.0, 400);
    assert!(server.content(13).is_some());

    assert_eq!(admin.send("PUT", &path(12), same(2)).await.0, 409);
    let (status, page) = admin.send("PUT", &path(12), same(1)).await;
    assert_eq!((status, &page["id"]), (200, &json!("12")));
    assert_eq!(page["version"]["number"], 1);
    let published = server.content(12).expect("the page");
    assert_eq!(
        (published.status.as_str(), published.title.as_str()),
        ("current", "Same")
    );
}

#[tokio::test]
async fn macros_are_read_out_of_the_version_that_has_them() {
    let server = wiki().await;
    let admin = Caller::new(&server, "admin");
    let code = "<ac:structured-macro ac:name=\"code\" ac:macro-id=\"50dcc\">\
                <ac:parameter ac:name=\"language\">rust</ac:parameter>\
                <ac:plain-text-body><![CDATA[a < b]]></ac:plain-text-body></ac:structured-macro>";
    assert_eq!(admin.send("PUT", PAGE, edit(2, code)).await.0, 200);
    assert_eq!(admin.send("PUT", PAGE, edit(3, "none")).await.0, 200);
    let path = |version: u32| format!("{PAGE}/history/{version}/macro/id/50dcc");
    let (_, found) = admin.get(&path(2)).await;
    let parameters = json!({ "language": { "value": "rust" } });
    assert_eq!(
        found,
        json!({ "name": "code", "body": "a < b", "parameters": parameters })
    );
    assert_eq!(admin.get(&path(1)).await.0, 404);
    assert_eq!(admin.get(&path(3)).await.0, 404);
}

#[tokio::test]
async fn texts_are_converted_but_views_are_not_converted_back() {
    let server = wiki().await;
    let admin = Caller::new(&server, "admin");
    let body = |representation: &str, value: &str| {
        Some(json!({ "representation": representation, "value": value, "content": { "id": "7" } }))
    };
    let convert =
        |to: &str| format!("/rest/api/contentbody/convert/{to}?expand=content,webresource");
    let (status, text) = admin
        .send("POST", &convert("storage"), body("wiki", "h1. A\n*b*"))
        .await;
    assert_eq!(status, 200, "{text}");
    assert_eq!(text["value"], "<h1>A</h1><p><strong>b</strong></p>");
    assert_eq!(
        (&text["representation"], &text["content"]["id"]),
        (&json!("storage"), &json!("7"))
    );
    let (_, view) = admin
        .send("POST", &convert("view"), body("storage", "<p>a</p>"))
        .await;
    assert_eq!(view["value"], "<p>a</p>");
    for (from, to) in [
        ("view", "storage"),
        ("storage", "wiki"),
        ("storage", "plain"),
    ] {
        let (status, _) = admin.send("POST", &convert(to), body(from, "a")).await;
        assert_eq!(status, 400, "{from} to {to}");
    }
    // A page may be written so too.
    let page = json!({
        "type": "page", "title": "Wiki", "space": { "key": "TEST" },
        "body": { "wiki": { "value": "* a & b", "representation": "wiki" } },
    });
    admin.send("POST", "/rest/api/content", Some(page)).await;
    let page = server.content_titled("TEST", "Wiki").expect("the page");
    assert_eq!(page.body, "<ul><li>a &amp; b</li></ul>");
}
