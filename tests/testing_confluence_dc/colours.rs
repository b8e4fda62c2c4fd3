//! The colours of the site and of its spaces.

use serde_json::{Value, json};
use spacewright::testing::confluence_dc::{Grant, Server, Space, User};

use super::Caller;
use crate::support::served::checked;

const SITE: &str = "/rest/api/color-scheme";
const SPACE: &str = "/rest/api/space/TEST/color-scheme";

fn links(colour: &str) -> Option<Value> {
    Some(json!({ "colorSchemeModelLight": { "linkColor": colour } }))
}

/// The colour of links in the light theme.
async fn link(caller: &Caller, path: &str) -> String {
    let (status, scheme) = caller.get(path).await;
    assert_eq!(status, 200, "{scheme}");
    let colour = scheme["colorSchemeModelLight"]["linkColor"].as_str();
    colour.expect("a colour").to_owned()
}

#[tokio::test]
async fn of_the_site_are_set_and_reset_by_administrators() {
    let server = checked(Server::start().await.with_user(User::new("morgan")));
    let admin = Caller::new(&server, "admin");
    let morgan = Caller::new(&server, "morgan");
    let default = link(&admin, "/rest/api/color-scheme/default").await;
    assert_eq!(morgan.send("PUT", SITE, links("#123456")).await.0, 403);
    assert_eq!(
        morgan
            .send("PUT", "/rest/api/color-scheme/reset", None)
            .await
            .0,
        403
    );
    assert_eq!(admin.send("PUT", SITE, links("red")).await.0, 400);

    let (_, before) = admin.get(SITE).await;
    let (status, after) = admin.send("PUT", SITE, links("#123456")).await;
    assert_eq!(status, 200);
    assert_eq!(
        after["colorSchemeModelDark"],
        before["colorSchemeModelDark"]
    );
    assert_eq!(link(&morgan, SITE).await, "#123456");
    assert_eq!(
        link(&morgan, "/rest/api/color-scheme/default").await,
        default
    );

    assert_eq!(
        admin
            .send("PUT", "/rest/api/color-scheme/reset", None)
            .await
            .0,
        200
    );
    assert_eq!(link(&admin, SITE).await, default);
}

#[tokio::test]
async fn of_a_space_are_shown_when_it_uses_its_own() {
    let keeper = Grant::to_user("morgan", "space", "administer");
    let server = Server::start()
        .await
        .with_user(User::new("morgan"))
        .with_user(User::new("kim"))
        .with_space(Space::new("TEST").grant(keeper));
    let server = checked(server);
    let admin = Caller::new(&server, "admin");
    let morgan = Caller::new(&server, "morgan");
    let kim = Caller::new(&server, "kim");
    for path in [SPACE, "/rest/api/space/TEST/color-scheme/type"] {
        assert_eq!(kim.get(path).await.0, 403);
        assert_eq!(morgan.get(&path.replace("TEST", "NONE")).await.0, 404);
    }
    admin.send("PUT", SITE, links("#111111")).await;

    // While the space uses those of the site its own are kept for later.
    assert_eq!(morgan.send("PUT", SPACE, links("#222222")).await.0, 200);
    assert_eq!(link(&morgan, SPACE).await, "#111111");
    let kind = "/rest/api/space/TEST/color-scheme/type";
    assert_eq!(morgan.get(kind).await.1, json!({ "type": "global" }));
    let wrong = Some(json!({ "type": "rainbow" }));
    assert_eq!(morgan.send("PUT", kind, wrong).await.0, 400);
    let own = json!({ "type": "custom" });
    let set = morgan.send("PUT", kind, Some(own.clone())).await;
    assert_eq!(set, (200, own));
    assert_eq!(link(&morgan, SPACE).await, "#222222");

    let reset = "/rest/api/space/TEST/color-scheme/reset";
    let (_, scheme) = morgan.send("PUT", reset, None).await;
    assert_eq!(scheme["colorSchemeModelLight"]["linkColor"], "#111111");
    assert_eq!(morgan.get(kind).await.1, json!({ "type": "global" }));
}
