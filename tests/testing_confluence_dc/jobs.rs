//! What the server finishes later: long tasks, backups and restores.

use serde_json::json;
use spacewright::testing::confluence_dc::{Server, Space, TaskEnding};

use super::Caller;
use crate::support::served::checked;

#[tokio::test]
async fn tasks_end_as_told() {
    let server = checked(
        Server::start()
            .await
            .with_task_polls(2)
            .with_space(Space::new("A"))
            .with_space(Space::new("B")),
    );
    server.next_task(TaskEnding::Fails("The space is locked.".to_owned()));
    server.next_task(TaskEnding::Vanishes);
    server.every_task(TaskEnding::Stalls);
    let admin = Caller::new(&server, "admin");
    let mut paths = Vec::new();
    for key in ["A", "B", "B"] {
        let (_, task) = admin
            .send("DELETE", &format!("/rest/api/space/{key}"), None)
            .await;
        paths.push(format!(
            "/rest/api/longtask/{}",
            task["id"].as_str().expect("an id")
        ));
    }
    let mut last = Vec::new();
    for path in &paths {
        admin.get(path).await;
        admin.get(path).await;
        last.push(admin.get(path).await);
    }
    assert_eq!((last[0].0, &last[0].1["successful"]), (200, &json!(false)));
    assert_eq!(
        last[0].1["messages"][0]["translation"],
        "The space is locked."
    );
    assert_eq!(last[1].0, 404);
    assert_eq!(last[2].1["percentageComplete"], 50);
    assert_eq!(server.spaces().len(), 2);
}

#[tokio::test]
async fn backups_are_jobs_with_a_file_at_the_end() {
    let server = checked(
        Server::start()
            .await
            .with_task_polls(2)
            .with_space(Space::new("TEST")),
    );
    let admin = Caller::new(&server, "admin");
    let settings = json!({ "spaceKeys": ["TEST"] });
    let (_, job) = admin
        .send(
            "POST",
            "/rest/api/backup-restore/backup/space",
            Some(settings),
        )
        .await;
    let path = format!("/rest/api/backup-restore/jobs/{}", job["id"]);
    assert_eq!(admin.get(&path).await.1["jobState"], "PROCESSING");
    assert_eq!(admin.get(&format!("{path}/download")).await.0, 404);
    assert_eq!(admin.get(&path).await.1["jobState"], "FINISHED");
    assert_eq!(admin.get(&format!("{path}/download")).await.0, 200);

    let (_, job) = admin.get(&path).await;
    let time = job["createTime"].as_str().expect("a time");
    for (query, count) in [
        (format!("fromDate={time}&toDate={time}"), 1),
        (
            "fromDate=2020-01-01T00:00:00.000%2B0000&spaceKey=TEST".to_owned(),
            1,
        ),
        ("toDate=2020-01-01T00:00:00.000Z".to_owned(), 0),
        ("spaceKey=OTHER".to_owned(), 0),
    ] {
        let query = query.replace('+', "%2B");
        let (_, jobs) = admin
            .get(&format!("/rest/api/backup-restore/jobs?{query}"))
            .await;
        assert_eq!(jobs.as_array().map(Vec::len), Some(count), "{query}");
    }
    let wrong = "/rest/api/backup-restore/jobs?fromDate=yesterday";
    assert_eq!(admin.get(wrong).await.0, 400);
}
