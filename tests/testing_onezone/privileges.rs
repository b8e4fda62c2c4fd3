//! Who may do what.

use serde_json::json;
use spacewright::testing::onezone::{Group, NamedToken, Server, Space, User};

use super::{caller, created, error_id};
use crate::support::caller::Caller;
use crate::support::operation::{Operation, operations};
use crate::support::sample::Sample;
use crate::support::served::checked;
use crate::support::spec::Spec;
use crate::support::values::Mode;

#[tokio::test]
async fn privileges_decide_in_the_zone_in_a_space_and_through_groups() {
    let server = checked(
        Server::start()
            .await
            .with_user(User::new("jane"))
            .with_user(User::new("maker").privilege("oz_spaces_create"))
            .with_group(Group::new("Inner").user("jane"))
            .with_group(Group::new("Outer").child("Inner"))
            .with_space(
                Space::new("Telescope")
                    .owner("maker")
                    .group_with("Outer", &["space_view", "space_update"]),
            ),
    );
    let (jane, maker) = (caller(&server, "jane"), caller(&server, "maker"));
    let space = server.space("Telescope").expect("the space").id;

    assert_eq!(error_id(&jane.get("/spaces").await), (403, "forbidden"));
    assert_eq!(
        jane.get("/user/effective_spaces").await.body,
        json!({ "spaces": [space] })
    );
    assert_eq!(jane.get("/user/spaces").await.body, json!({ "spaces": [] }));
    let change = json!({ "name": "Big Telescope" });
    assert_eq!(
        jane.send("PATCH", &format!("/spaces/{space}"), Some(change))
            .await
            .status,
        204
    );
    assert_eq!(
        error_id(&jane.send("DELETE", &format!("/spaces/{space}"), None).await).0,
        403
    );
    let jane_id = server.user("jane").expect("jane").id;
    let via = jane
        .get(&format!(
            "/spaces/{space}/effective_users/{jane_id}/membership"
        ))
        .await
        .body;
    let outer = server.group("Outer").expect("a group").id;
    assert_eq!(
        via,
        json!({ "intermediaries": [{ "type": "group", "id": outer }] })
    );

    let id = created(
        &maker
            .send("POST", "/spaces", Some(json!({ "name": "Second" })))
            .await,
    );
    assert_eq!(
        server.space(&id).map(|space| space.name),
        Some("Second".to_owned())
    );
    let anonymous = Caller {
        header: ("x-nothing", String::new()),
        ..caller(&server, "jane")
    };
    assert_eq!(
        error_id(&anonymous.get("/user").await),
        (401, "unauthorized")
    );
    assert_eq!(anonymous.get("/configuration").await.status, 200);
}

#[tokio::test]
async fn who_created_a_space_is_no_secret_among_its_members() {
    let server = Server::start()
        .await
        .with_user(User::new("maker"))
        .with_user(User::new("other"))
        .with_user(User::new("jane"))
        .with_space(
            Space::new("Telescope")
                .owner("maker")
                .user("other")
                .user_with("jane", &["space_read_data"]),
        );
    let server = checked(server);
    let space = server.space("Telescope").expect("the space").id;
    let jane = caller(&server, "jane");
    for (user, status) in [("maker", 200), ("other", 403)] {
        let id = server.user(user).expect("a user").id;
        let reply = jane.get(&format!("/spaces/{space}/users/{id}")).await;
        assert_eq!(reply.status, status, "{user}");
    }
    let providers = jane.get(&format!("/spaces/{space}/providers")).await;
    assert_eq!(providers.body, json!({ "providers": [] }));
}

#[tokio::test]
async fn an_unknown_method_is_told_from_what_is_not_simulated() {
    let server = checked(Server::start().await);
    let admin = caller(&server, "admin");
    let reply = admin.send("PUT", "/spaces", None).await;
    assert_eq!((reply.status, reply.header("allow")), (405, "GET, POST"));
    assert_eq!(admin.get("/harvesters").await.status, 501);
    assert_eq!(server.spaces().len(), 0, "nothing was tried out in earnest");
}

/// The privileges that a text names in backticks, of those that begin so.
fn named<'a>(text: &'a str, prefix: &str) -> Vec<&'a str> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| name.starts_with(prefix))
        .collect()
}

/// A zone in which `holder` has the privileges in the zone that a text names, and `insider` those in the
/// space and in both groups.
async fn zone(text: &str) -> Server {
    let inside = |prefix| named(text, prefix);
    let mut holder = User::new("holder");
    for privilege in named(text, "oz_") {
        holder = holder.privilege(privilege);
    }
    let group = |name: &str| Group::new(name).user_with("insider", &inside("group_"));
    Server::start()
        .await
        .with_user(User::new("stranger"))
        .with_user(User::new("insider"))
        .with_user(User::new("member"))
        .with_user(User::new("other"))
        .with_user(holder)
        .with_group(group("Child"))
        .with_group(group("Group").user("member").child("Child"))
        .with_group(group("Parent").child("Group"))
        .with_group(group("Apart"))
        .with_space(
            Space::new("Space")
                .owner("other")
                .user("member")
                .user_with("insider", &inside("space_"))
                .group("Group"),
        )
        .with_named_token(NamedToken::new("token", "member"))
}

/// The path of an operation about what is in the zone.
fn path(server: &Server, operation: &Operation) -> String {
    let user = |name: &str| server.user(name).expect("a user").id;
    let group = |name: &str| server.group(name).expect("a group").id;
    let template = operation.path.replace("/api/v3/onezone", "");
    let first = template.split('/').nth(1).unwrap_or_default();
    let adds = operation.method == "PUT";
    let path = operation.path_with(|name| match (first, name) {
        ("users", "id") | (_, "uid") if !adds || template.contains("owners") => user("member"),
        (_, "uid") => user("stranger"),
        ("groups", "id") => group("Group"),
        ("spaces", "id") | (_, "sid") => server.space("Space").expect("a space").id,
        ("tokens", "id") => server.named_token("token").expect("a token").id,
        (_, "gid" | "cid") if adds => group("Apart"),
        (_, "gid") => group("Group"),
        (_, "cid") => group("Child"),
        (_, "pid") => group("Parent"),
        (_, "name") => "token".to_owned(),
        _ => "0".to_owned(),
    });
    path.replace("/api/v3/onezone", "")
}

/// Asks for the operation as one of the users of the zone, or as nobody.
async fn status(spec: &Spec, operation: &Operation, user: Option<&str>) -> u16 {
    let server = zone(&operation.requires).await;
    let who = match user {
        Some(user) => caller(&server, user),
        None => Caller {
            header: ("x-nothing", String::new()),
            ..caller(&server, "stranger")
        },
    };
    let sample = Sample::new(spec, operation, Mode::Minimal, 0);
    let path = path(&server, operation);
    who.send(&operation.method, &path, sample.body).await.status
}

#[tokio::test]
async fn what_an_operation_requires_is_what_its_description_says() {
    // Of whom these are, a loop cannot know; and the last ones are not simulated.
    let special = ["marketplace", "/client_tokens", "/provider/"];
    let apart = [
        "providers",
        "handle_services",
        "harvesters",
        "handles",
        "clusters",
    ];
    let spec = Spec::load("onezone");
    let mut checked = 0;
    for operation in operations(&spec) {
        let text = &operation.requires;
        let segments: Vec<&str> = operation.path.split('/').skip(4).collect();
        let ask = |user| status(&spec, &operation, user);
        if special.iter().any(|one| operation.path.contains(one))
            || segments.iter().any(|one| apart.contains(one))
        {
            continue;
        }
        let admin = ask(Some("admin")).await;
        if admin == 501 {
            continue;
        }
        checked += 1;
        let id = &operation.id;
        let nobody = ask(None).await;
        if text.contains("also without a token") {
            assert_eq!(nobody, admin, "{id} by nobody");
        } else {
            assert_eq!(nobody, 401, "{id} by nobody");
        }
        let stranger = ask(Some("stranger")).await;
        let free = text.starts_with("none");
        assert_eq!(stranger == 403, !free, "{id} by a stranger: {stranger}");
        let insider = (text.contains("member with `space_")
            || text.contains("member with `group_"))
        .then_some("insider");
        let holder = text.contains("`oz_").then_some("holder");
        for who in insider.into_iter().chain(holder) {
            let status = ask(Some(who)).await;
            assert!(![401, 403].contains(&status), "{id} by the {who}: {status}");
        }
    }
    assert!(checked >= 130, "only {checked} operations were checked");
}
