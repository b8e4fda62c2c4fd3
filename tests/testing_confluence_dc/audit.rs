//! The audit log: what was changed through the server, and by whom.

use serde_json::{Value, json};
use spacewright::testing::confluence_dc::{Content, Server, Space, TaskEnding, User};

use super::{Caller, new_user};
use crate::support::served::checked;

async fn summaries(caller: &Caller, query: &str) -> Vec<String> {
    let (status, log) = caller.get(&format!("/rest/api/audit{query}")).await;
    assert_eq!(status, 200, "{log}");
    let records = log["results"].as_array().expect("records");
    records
        .iter()
        .map(|record| record["summary"].as_str().expect("a summary").to_owned())
        .collect()
}

#[tokio::test]
async fn lists_what_was_changed_the_latest_first() {
    let server = Server::start()
        .await
        .with_user(User::new("lee").full_name("Lee Kim"))
        .with_space(Space::new("TEST"))
        .with_content(Content::page("TEST", "Old").id(7));
    let server = checked(server);
    let admin = Caller::new(&server, "admin");
    assert_eq!(summaries(&admin, "").await, Vec::<String>::new());

    let grant = json!([{ "targetType": "space", "operationKey": "create" }]);
    for (method, path, body) in [
        ("POST", "/rest/api/admin/user", Some(new_user("morgan"))),
        (
            "POST",
            "/rest/api/admin/group",
            Some(json!({ "name": "writers" })),
        ),
        ("PUT", "/rest/api/user/morgan/group/writers", None),
        // What changes nothing is not told of.
        ("PUT", "/rest/api/user/morgan/group/writers", None),
        (
            "PUT",
            "/rest/api/permissions/group/writers/grant",
            Some(grant),
        ),
        ("PUT", "/rest/api/admin/user/lee/disable", None),
        ("DELETE", "/rest/api/content/7", None),
    ] {
        let (status, answer) = admin.send(method, path, body).await;
        assert!(status < 300, "{path}: {answer}");
    }
    let all = [
        "Page trashed",
        "User deactivated",
        "Global permission added",
        "User added to group",
        "Group created",
        "User created",
    ];
    assert_eq!(summaries(&admin, "").await, all);
    assert_eq!(summaries(&admin, "?limit=2&start=2").await, all[2..4]);
    assert_eq!(
        summaries(&admin, "?searchString=deactivated").await,
        ["User deactivated"]
    );

    let (_, log) = admin.get("/rest/api/audit?searchString=added%20to").await;
    let record = &log["results"][0];
    assert_eq!(record["author"]["username"], "admin");
    assert_eq!(
        record["affectedObject"],
        json!({ "name": "writers", "objectType": "Group" })
    );
    assert_eq!(
        record["associatedObjects"],
        json!([{ "name": "morgan", "objectType": "User" }])
    );
    let time = record["creationDate"].as_i64().expect("a time");
    let since = format!("?startDate={}", time + 1);
    assert_eq!(summaries(&admin, &since).await, all[..3]);
    let until = format!("?endDate={time}");
    assert_eq!(summaries(&admin, &until).await, all[3..]);
    assert_eq!(server.audit_records().last(), Some(&log_of(&admin).await));

    let lee = Caller::new(&server, "morgan");
    assert_eq!(lee.get("/rest/api/audit").await.0, 403);
}

async fn log_of(caller: &Caller) -> Value {
    caller.get("/rest/api/audit?limit=1").await.1["results"][0].clone()
}

#[tokio::test]
async fn tells_of_a_long_task_when_it_has_done_its_work() {
    let server = Server::start()
        .await
        .with_space(Space::new("A"))
        .with_space(Space::new("B"));
    server.next_task(TaskEnding::Fails("The space is locked.".to_owned()));
    let server = checked(server);
    let admin = Caller::new(&server, "admin");
    for key in ["A", "B"] {
        let path = format!("/rest/api/space/{key}");
        assert_eq!(admin.send("DELETE", &path, None).await.0, 202);
    }
    assert_eq!(summaries(&admin, "").await, Vec::<String>::new());
    server.finish_tasks();
    let records = server.audit_records();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0]["affectedObject"]["name"], "B");
    assert_eq!(records[0]["author"]["username"], "admin");
}
