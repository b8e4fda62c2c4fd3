//! The marketplace: found spaces, and requests for membership.

use std::time::Duration;

use futures_util::TryStreamExt;
use serde_json::{Value, json};
use spacewright::testing::onezone::{Server, Space, User};
use spacewright::testing::{Misbehaviour, PageBehaviour};

use super::{caller, error_id};
use crate::support::served::{Checked, checked};

#[tokio::test]
async fn the_marketplace_is_walked_by_tokens() {
    let mut server = Server::start().await;
    for name in ["Gamma", "Alpha", "Beta"] {
        server = server.with_space(
            Space::new(name)
                .advertised("Observatory", "ask@example.com")
                .tag("demo"),
        );
    }
    let server = checked(server.with_space(Space::new("Hidden")));
    let admin = caller(&server, "admin");
    let list = |body: Value| admin.send("POST", "/spaces/marketplace/list", Some(body));
    let first = list(json!({ "limit": 2 })).await.body;
    let ids = |names: &[&str]| -> Vec<Value> {
        names
            .iter()
            .filter_map(|name| server.space(name))
            .map(|space| json!(space.id))
            .collect()
    };
    let shown = |page: &Value| -> Vec<Value> {
        page["spaces"]
            .as_array()
            .expect("spaces")
            .iter()
            .map(|one| one["spaceId"].clone())
            .collect()
    };
    assert_eq!(
        (shown(&first), &first["isLast"]),
        (ids(&["Alpha", "Beta"]), &json!(false))
    );
    let rest = list(json!({ "limit": 2, "token": first["nextPageToken"] }))
        .await
        .body;
    assert_eq!(
        (shown(&rest), &rest["isLast"]),
        (ids(&["Gamma"]), &json!(true))
    );
    assert_eq!(rest["nextPageToken"], Value::Null);
    assert_eq!(
        error_id(&list(json!({ "limit": 1001 })).await),
        (400, "badValueNotInRange")
    );
    server.misbehave(Misbehaviour::paging(PageBehaviour::Repeat));
    let again = list(json!({ "limit": 2 })).await.body;
    let once_more = list(json!({ "limit": 2, "token": again["nextPageToken"] }))
        .await
        .body;
    assert_eq!(shown(&once_more), shown(&again));
}

fn advertised(name: &str) -> Space {
    Space::new(name).advertised("Observatory", "ask@example.com")
}

/// A zone with an advertised space of `owner`, in which `jane` is not.
async fn telescope() -> Checked<Server> {
    let server = Server::start()
        .await
        .with_user(User::new("owner"))
        .with_user(User::new("jane"))
        .with_space(advertised("Telescope").owner("owner"));
    checked(server)
}

/// A zone with four spaces in the marketplace.
async fn four() -> Checked<Server> {
    let mut server = Server::start().await;
    for name in ["Alpha", "Beta", "Gamma", "Delta"] {
        server = server.with_space(advertised(name));
    }
    checked(server)
}

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test]
async fn a_page_goes_on_where_the_last_ended_though_spaces_go() {
    let server = four().await;
    let admin = caller(&server, "admin");
    let list = |body: Value| admin.send("POST", "/spaces/marketplace/list", Some(body));
    let id = |name: &str| server.space(name).expect("a space").id;
    let (gamma, first) = (id("Gamma"), list(json!({ "limit": 2 })).await.body);
    server.remove_space(&id("Alpha"));
    server.remove_space(&id("Delta"));
    let rest = list(json!({ "limit": 2, "token": first["nextPageToken"] })).await;
    assert_eq!(rest.body["spaces"][0]["spaceId"], json!(gamma));
    let wrong = list(json!({ "token": "made up" })).await;
    assert_eq!(error_id(&wrong), (400, "badData"));
}

#[tokio::test]
async fn membership_is_asked_for_reminded_of_rejected_and_granted() {
    let server = telescope().await;
    let (jane, owner) = (caller(&server, "jane"), caller(&server, "owner"));
    let space = server.space("Telescope").expect("the space").id;
    let path = format!("/spaces/marketplace/{space}/request");
    let ask = || async {
        let body = json!({ "contactEmail": "jane@example.com", "message": "Please" });
        let reply = jane.send("POST", &path, Some(body)).await;
        match reply.status {
            200 => Ok(reply.body["requestId"].as_str().expect("an id").to_owned()),
            _ => Err(error_id(&reply).1.to_owned()),
        }
    };
    let first = ask().await.expect("a request");
    assert_eq!(
        ask().await,
        Err("forbiddenWithHint".to_owned()),
        "too early for a reminder"
    );
    server.advance(7 * DAY);
    assert_eq!(ask().await, Ok(first.clone()), "a reminder");

    let resolve = |id: String, decision: &str| {
        let body = json!({ "decision": decision });
        let (owner, path) = (&owner, format!("{path}/{id}/resolve"));
        async move { owner.send("POST", &path, Some(body)).await.status }
    };
    assert_eq!(resolve(first.clone(), "reject").await, 204);
    assert_eq!(resolve(first, "grant").await, 404, "decided once");
    let mine = jane.get("/user/space_membership_requests").await.body;
    assert!(mine["rejected"].get(&space).is_some(), "{mine}");
    server.advance(29 * DAY);
    assert_eq!(
        ask().await,
        Err("forbiddenWithHint".to_owned()),
        "too early after a rejection"
    );
    server.advance(DAY);
    let second = ask().await.expect("a new request");
    assert_eq!(resolve(second, "grant").await, 204);
    assert_eq!(
        ask().await,
        Err("relationAlreadyExists".to_owned()),
        "a member"
    );
    let mine = jane.get("/user/space_membership_requests").await.body;
    assert_eq!(mine, json!({ "pending": {}, "rejected": {} }));
}

#[tokio::test]
async fn a_request_is_pointless_when_the_space_is_hidden() {
    let server = telescope().await;
    let (jane, owner) = (caller(&server, "jane"), caller(&server, "owner"));
    let space = server.space("Telescope").expect("the space").id;
    let path = format!("/spaces/marketplace/{space}/request");
    let body = json!({ "contactEmail": "jane@example.com" });
    let asked = jane.send("POST", &path, Some(body)).await.body;
    let id = asked["requestId"].as_str().expect("an id");
    let info = format!("{path}/{id}/requester_info");
    let told = owner.get(&info).await.body;
    assert_eq!(told["contactEmail"], json!("jane@example.com"));
    let hide = json!({ "advertisedInMarketplace": false });
    let hidden = owner
        .send("PATCH", &format!("/spaces/{space}"), Some(hide))
        .await;
    assert_eq!(hidden.status, 204);
    assert_eq!(owner.get(&info).await.status, 404);
    let mine = jane.get("/user/space_membership_requests").await.body;
    assert_eq!(mine["pending"], json!({}));
    let long = json!({ "contactEmail": "jane@example.com", "message": "a".repeat(2001) });
    let other = server.add_space(advertised("Other"));
    let path = format!("/spaces/marketplace/{other}/request");
    let refused = jane.send("POST", &path, Some(long)).await;
    assert_eq!(error_id(&refused), (400, "badValueTextTooLarge"));
}

#[tokio::test]
async fn only_so_many_requests_can_be_pending() {
    let server = Server::start().await.with_user(User::new("jane"));
    let jane = caller(&server, "jane");
    for number in 0..=1000 {
        let space = server.add_space(advertised(&format!("Space {number:04}")));
        let path = format!("/spaces/marketplace/{space}/request");
        let body = json!({ "contactEmail": "jane@example.com" });
        let reply = jane.send("POST", &path, Some(body)).await;
        if number < 1000 {
            assert_eq!(reply.status, 200, "{}", reply.body);
        } else {
            assert_eq!(error_id(&reply), (400, "limitReached"));
        }
    }
}

#[tokio::test]
async fn a_full_page_is_never_the_last() {
    let server = four().await;
    let admin = caller(&server, "admin");
    let list = |body: Value| admin.send("POST", "/spaces/marketplace/list", Some(body));
    let full = list(json!({ "limit": 4 })).await.body;
    assert_eq!(full["isLast"], json!(false));
    let token = full["nextPageToken"].clone();
    let empty = list(json!({ "limit": 4, "token": token })).await.body;
    assert_eq!(
        empty,
        json!({ "spaces": [], "isLast": true, "nextPageToken": null })
    );

    // A client that walks the list is not put out.
    let zone = server.client();
    let query = serde_json::from_value(json!({})).expect("a query");
    let all = zone.spaces().list_marketplace(query).limit(2).items();
    let all: Vec<_> = all.try_collect().await.expect("the spaces");
    assert_eq!(all.len(), 4);
}
