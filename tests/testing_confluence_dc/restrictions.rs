//! Who alone may see or edit a page.

use spacewright::testing::confluence_dc::{Content, Group, Server, Space, User};

use super::{Caller, json};
use crate::support::served::{Checked, checked};

const PATH: &str = "/rest/api/content/7/restriction";

async fn wiki() -> Checked<Server> {
    let server = Server::start()
        .await
        .with_user(User::new("morgan"))
        .with_user(User::new("kim").key("ff80"))
        .with_group(Group::new("writers").member("morgan"))
        .with_space(Space::new("TEST"))
        .with_content(Content::page("TEST", "Plan").id(7))
        .with_content(Content::page("TEST", "Detail").id(8).parent(7));
    checked(server)
}

#[tokio::test]
async fn are_replaced_and_hold_for_the_pages_below() {
    let server = wiki().await;
    let admin = Caller::new(&server, "admin");
    let body = json!([
        { "operation": "read", "restrictions": { "group": [{ "type": "group", "name": "writers" }] } },
        { "operation": "update", "restrictions": { "user": [{ "type": "known", "userKey": "ff80" }] } },
    ]);
    let (status, page) = admin.send("PUT", PATH, Some(body)).await;
    assert_eq!(
        (status, page["results"].as_array().map(Vec::len)),
        (200, Some(2))
    );
    assert_eq!(
        page["results"][0]["restrictions"]["group"]["results"][0]["name"],
        "writers"
    );

    let (morgan, kim) = (Caller::new(&server, "morgan"), Caller::new(&server, "kim"));
    for path in ["/rest/api/content/7", "/rest/api/content/8"] {
        assert_eq!(morgan.get(path).await.0, 200);
        assert_eq!(kim.get(path).await.0, 404, "{path}");
    }
    let change = json!({ "type": "page", "title": "New", "version": { "number": 2 } });
    let (status, _) = morgan
        .send("PUT", "/rest/api/content/7", Some(change))
        .await;
    assert_eq!(status, 403);

    let (_, both) = morgan.get(&format!("{PATH}/byOperation")).await;
    assert_eq!(
        both["update"]["restrictions"]["user"]["results"][0]["username"],
        "kim"
    );
    let (_, bare) = morgan
        .get(&format!("{PATH}/byOperation/read?expand="))
        .await;
    assert_eq!(bare["_expandable"]["restrictions"], "");
    let relevant = "/rest/api/content/8/restriction/relevantViewRestrictions?expand=content";
    let (_, relevant) = morgan.get(relevant).await;
    assert_eq!(
        relevant["viewContentRestrictions"]["results"][0]["content"]["id"],
        "7"
    );
    let expanded = "/rest/api/content/7?expand=restrictions.read.restrictions.group,children.page";
    let (_, expanded) = admin.get(expanded).await;
    let group = &expanded["restrictions"]["read"]["restrictions"]["group"];
    assert_eq!(group["size"], 1);
    assert_eq!(expanded["children"]["page"]["results"][0]["id"], "8");

    // What is not named is lifted.
    assert_eq!(admin.send("PUT", PATH, Some(json!([]))).await.0, 200);
    assert_eq!(kim.get("/rest/api/content/8").await.0, 200);
}

#[tokio::test]
async fn take_permission_known_names_and_a_page() {
    let server = wiki().await;
    let admin = Caller::new(&server, "admin");
    let morgan = Caller::new(&server, "morgan");
    assert_eq!(morgan.send("PUT", PATH, Some(json!([]))).await.0, 403);
    for body in [
        json!({}),
        json!([{ "operation": "delete", "restrictions": {} }]),
        json!([{ "operation": "read", "restrictions": { "user": [{ "type": "known", "username": "x" }] } }]),
        json!([{ "operation": "read", "restrictions": { "group": [{ "type": "group" }] } }]),
    ] {
        assert_eq!(
            admin.send("PUT", PATH, Some(body.clone())).await.0,
            400,
            "{body}"
        );
    }
    let comment = server.add_content(Content::of_kind("comment", "TEST", "Re: Plan").parent(7));
    let path = format!("/rest/api/content/{comment}/restriction");
    assert_eq!(admin.send("PUT", &path, Some(json!([]))).await.0, 400);
    assert_eq!(
        admin.get(&format!("{PATH}/byOperation/delete")).await.0,
        400
    );
}
