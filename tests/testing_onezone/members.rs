//! Who belongs to spaces and groups: invitations, owners, groups in groups.

use serde_json::json;
use spacewright::testing::onezone::{Group, NamedToken, Server, Space, User};

use super::{caller, created, error_id};
use crate::support::served::checked;

#[tokio::test]
async fn an_invitation_works_once_and_the_last_owner_stays() {
    let server = checked(
        Server::start()
            .await
            .with_user(User::new("owner"))
            .with_user(User::new("guest"))
            .with_user(User::new("late"))
            .with_space(Space::new("Telescope").owner("owner")),
    );
    let space = server.space("Telescope").expect("the space").id;
    let (owner, guest, late) = (
        caller(&server, "owner"),
        caller(&server, "guest"),
        caller(&server, "late"),
    );

    let invitation = owner
        .send("POST", &format!("/spaces/{space}/users/token"), None)
        .await
        .body;
    let joined = guest
        .send("POST", "/user/spaces/join", Some(invitation.clone()))
        .await;
    assert_eq!(created(&joined), space);
    let again = late
        .send("POST", "/user/spaces/join", Some(invitation))
        .await;
    assert_eq!(error_id(&again), (400, "inviteTokenUsageLimitReached"));

    let leaves = owner
        .send("DELETE", &format!("/user/spaces/{space}"), None)
        .await;
    assert_eq!(error_id(&leaves), (400, "cannotRemoveLastOwner"));
    let guest_id = server.user("guest").expect("the guest").id;
    let path = format!("/spaces/{space}/users/{guest_id}/privileges");
    let grant = json!({ "grant": ["space_update"], "revoke": ["space_write_data"] });
    assert_eq!(owner.send("PATCH", &path, Some(grant)).await.status, 204);
    let held = guest.get(&path).await.body["privileges"].clone();
    assert_eq!(
        held,
        json!([
            "space_read_data",
            "space_update",
            "space_view",
            "space_view_transfers"
        ])
    );
    let wrong = owner
        .send("PATCH", &path, Some(json!({ "grant": ["fly"] })))
        .await;
    assert_eq!(error_id(&wrong), (400, "badValueListNotAllowed"));

    // Who is a member already cannot be added.
    let admin = caller(&server, "admin");
    let added = admin
        .send("PUT", &format!("/spaces/{space}/users/{guest_id}"), None)
        .await;
    assert_eq!(error_id(&added), (409, "relationAlreadyExists"));
}

#[tokio::test]
async fn an_invitation_is_worth_what_its_owner_may() {
    let server = Server::start()
        .await
        .with_user(User::new("host"))
        .with_user(User::new("guest"))
        .with_user(User::new("owner"))
        .with_space(
            Space::new("Telescope")
                .owner("owner")
                .user_with("host", &["space_view", "space_add_user"]),
        );
    let server = checked(server);
    let space = server.space("Telescope").expect("the space").id;
    let (host, guest, owner) = (
        caller(&server, "host"),
        caller(&server, "guest"),
        caller(&server, "owner"),
    );
    let invitation = |privileges: Option<&str>| {
        let mut body = json!({
            "name": format!("for {privileges:?}"),
            "type": { "inviteToken": { "inviteType": "userJoinSpace", "spaceId": space } },
        });
        if let Some(privilege) = privileges {
            body["privileges"] = json!([privilege]);
        }
        body
    };
    let path = "/user/tokens/named";
    let made = |body| host.send("POST", path, Some(body));
    let refused = made(invitation(Some("space_update"))).await;
    assert_eq!(error_id(&refused), (400, "inviteTokenSubjectNotAuthorized"));
    let wrong = made(invitation(Some("group_update"))).await;
    assert_eq!(error_id(&wrong), (400, "badValueListNotAllowed"));
    let nothing = guest
        .send("POST", "/user/spaces/join", Some(json!({})))
        .await;
    assert_eq!(error_id(&nothing), (400, "missingRequiredValue"));
    let nonsense = json!({ "token": "nonsense" });
    let nonsense = guest
        .send("POST", "/user/spaces/join", Some(nonsense))
        .await;
    assert_eq!(error_id(&nonsense), (400, "badValueToken"));
    let stranger = guest.send("POST", path, Some(invitation(None))).await;
    assert_eq!(
        error_id(&stranger),
        (400, "inviteTokenSubjectNotAuthorized")
    );

    // It is good as long as who made it may invite, and good again afterwards.
    let token = json!({ "token": made(invitation(None)).await.body["token"] });
    let host_id = server.user("host").expect("the host").id;
    let privileges = format!("/spaces/{space}/users/{host_id}/privileges");
    let join = || guest.send("POST", "/user/spaces/join", Some(token.clone()));
    for (change, status) in [("revoke", 400), ("grant", 201)] {
        let change = json!({ (change): ["space_add_user"] });
        assert_eq!(
            owner.send("PATCH", &privileges, Some(change)).await.status,
            204
        );
        assert_eq!(join().await.status, status);
    }
    assert_eq!(error_id(&join().await), (409, "relationAlreadyExists"));
}

#[tokio::test]
async fn the_first_user_of_a_space_owns_it_and_owners_see_to_owners() {
    let server = Server::start()
        .await
        .with_user(User::new("first"))
        .with_user(User::new("second"))
        .with_user(User::new("helper"))
        .with_space(Space::new("Empty"));
    let space = server.space("Empty").expect("the space").id;
    let invitation = NamedToken::new("in", "admin").invite_to_space(&space);
    let server = checked(server.with_named_token(invitation));
    let id = |user: &str| server.user(user).expect("a user").id;
    let token = json!({ "token": server.named_token_text("in") });
    for user in ["first", "second", "helper"] {
        let joined = caller(&server, user)
            .send("POST", "/user/spaces/join", Some(token.clone()))
            .await;
        assert_eq!(created(&joined), space);
    }
    let owners = || server.space("Empty").expect("the space").owners;
    assert_eq!(owners().into_iter().collect::<Vec<_>>(), [id("first")]);

    let first = caller(&server, "first");
    let helper = caller(&server, "helper");
    let grant = json!({ "grant": ["space_remove_user"] });
    let path = format!("/spaces/{space}/users/{}/privileges", id("helper"));
    assert_eq!(first.send("PATCH", &path, Some(grant)).await.status, 204);
    let second = format!("/spaces/{space}/owners/{}", id("second"));
    assert_eq!(first.send("PUT", &second, None).await.status, 204);
    let member = |user: &str| format!("/spaces/{space}/users/{}", id(user));
    let refused = helper.send("DELETE", &member("second"), None).await;
    assert_eq!(error_id(&refused), (403, "forbidden"));
    assert_eq!(
        first.send("DELETE", &member("second"), None).await.status,
        204
    );
    assert_eq!(owners().len(), 1);
}

#[tokio::test]
async fn groups_may_be_in_each_other_but_not_in_themselves() {
    let server = Server::start()
        .await
        .with_user(User::new("jane"))
        .with_group(Group::new("Inner").user("jane"))
        .with_group(Group::new("Outer").child("Inner").protected());
    let server = checked(server);
    let id = |group: &str| server.group(group).expect("a group").id;
    let (inner, outer) = (id("Inner"), id("Outer"));
    let admin = caller(&server, "admin");
    let put = |parent: &str, child: &str| {
        let path = format!("/groups/{parent}/children/{child}");
        let admin = &admin;
        async move { admin.send("PUT", &path, None).await }
    };
    let itself = put(&inner, &inner).await;
    assert_eq!(error_id(&itself), (400, "cannotAddRelationToSelf"));
    assert_eq!(put(&inner, &outer).await.status, 201);
    let above = admin
        .get(&format!("/groups/{inner}/effective_parents"))
        .await;
    assert_eq!(above.body, json!({ "groups": [outer] }));
    let below = admin
        .get(&format!("/groups/{outer}/effective_children"))
        .await;
    assert_eq!(below.body, json!({ "groups": [inner] }));
    let users = admin.get(&format!("/groups/{inner}/effective_users")).await;
    assert_eq!(users.body["users"].as_array().map(Vec::len), Some(1));

    let protected = admin
        .send("DELETE", &format!("/groups/{outer}"), None)
        .await;
    assert_eq!(error_id(&protected), (403, "protectedGroup"));
}

#[tokio::test]
async fn an_owner_is_a_member_and_the_last_one_goes_last() {
    let server = Server::start()
        .await
        .with_user(User::new("owner"))
        .with_user(User::new("guest"))
        .with_user(User::new("stranger"))
        .with_group(Group::new("Guests").user("guest"))
        .with_space(Space::new("Telescope").owner("owner").group("Guests"));
    let server = checked(server);
    let id = |user: &str| server.user(user).expect("a user").id;
    let space = server.space("Telescope").expect("the space").id;
    let (owner, admin) = (caller(&server, "owner"), caller(&server, "admin"));
    let own = |user: &str| format!("/spaces/{space}/owners/{}", id(user));
    let stranger = owner.send("PUT", &own("stranger"), None).await;
    assert_eq!(error_id(&stranger), (400, "relationDoesNotExist"));
    let again = owner.send("PUT", &own("owner"), None).await;
    assert_eq!(error_id(&again), (409, "alreadyExists"));

    // The guest is there, if only through a group.
    for (user, path) in [
        (&owner, format!("/user/spaces/{space}")),
        (&admin, format!("/spaces/{space}/users/{}", id("owner"))),
        (&admin, format!("/users/{}", id("owner"))),
        (&owner, "/user".to_owned()),
    ] {
        let stays = user.send("DELETE", &path, None).await;
        assert_eq!(error_id(&stays), (400, "cannotRemoveLastOwner"), "{path}");
    }
    server.remove_group(&server.group("Guests").expect("a group").id);
    assert_eq!(owner.send("DELETE", "/user", None).await.status, 204);
    assert!(
        server
            .space("Telescope")
            .is_some_and(|space| space.owners.is_empty())
    );
}

#[tokio::test]
async fn who_makes_a_space_for_a_group_owns_it() {
    let server = Server::start()
        .await
        .with_user(User::new("jane"))
        .with_group(Group::new("Astronomers").admin("jane"));
    let server = checked(server);
    let group = server.group("Astronomers").expect("a group").id;
    let path = format!("/groups/{group}/spaces");
    let new = |name: &str| Some(json!({ "name": name }));
    let jane = caller(&server, "jane");
    created(&jane.send("POST", &path, new("Theirs")).await);
    let owners = |space: &str| server.space(space).expect("a space").owners;
    assert!(owners("Theirs").contains(&server.user("jane").expect("jane").id));
    // An administrator from outside does not move in.
    let admin = caller(&server, "admin");
    created(&admin.send("POST", &path, new("Given")).await);
    assert!(owners("Given").is_empty());
}
