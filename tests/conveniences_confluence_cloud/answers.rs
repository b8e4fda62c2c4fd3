//! Answers as real sites give them: old tasks, lists of the first version, nulls, words nobody has
//! heard of.

use std::time::Duration;

use serde_json::{Value, json};
use spacewright::confluence_cloud::{Client, v1};
use spacewright::testing::TestClock;
use spacewright::testing::confluence_cloud::Server;
use spacewright::testing::wiremock::matchers::{method, path};
use spacewright::testing::wiremock::{Mock, ResponseTemplate};
use spacewright::{Auth, Error, ErrorKind, PollSettings};

async fn site(answers: &[(&str, Value)]) -> (Server, Client) {
    let server = Server::start().await;
    for (at, body) in answers {
        let answer = ResponseTemplate::new(200).set_body_json(body);
        let mock = Mock::given(method("GET")).and(path(*at));
        server.mount(mock.respond_with(answer)).await;
    }
    let site = Client::builder(server.url())
        .auth(Auth::api_token("me@example.com", "x"))
        .clock(TestClock::default())
        .build()
        .unwrap();
    (server, site)
}

/// A task as an old server tells it: no `finished`, no `status`.
fn old_task(percent: u8, successful: bool) -> Value {
    json!({
        "id": "885174",
        "name": { "key": "com.example.RemoveSpaceAction.action.name", "args": [] },
        "elapsedTime": 329,
        "percentageComplete": percent,
        "successful": successful,
        "messages": [{ "translation": "Deleting space", "args": [] }],
        "_links": { "base": "https://example.atlassian.net/wiki", "context": "/wiki" }
    })
}

async fn end_of(task: Value) -> Result<(), Error> {
    let (_server, site) = site(&[("/wiki/rest/api/longtask/885174", task)]).await;
    let task = site.long_task().follow("885174");
    let a_minute = PollSettings::default().total(Duration::from_secs(60));
    task.polling(a_minute).wait().await.map(|_| ())
}

#[tokio::test]
async fn a_task_is_over_when_the_site_says_so_in_either_way() {
    let with = |mut task: Value, finished: bool| {
        task["finished"] = json!(finished);
        task
    };
    end_of(old_task(100, true)).await.unwrap();
    end_of(with(old_task(100, true), true)).await.unwrap();
    end_of(with(old_task(40, true), true)).await.unwrap();
    let failed = end_of(with(old_task(40, false), true)).await.unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::TaskFailed);
    assert!(failed.to_string().contains("Deleting space"), "{failed}");
    for running in [
        old_task(99, true),
        old_task(99, false),
        with(old_task(100, true), false),
        with(old_task(0, false), false),
        json!({ "id": "885174", "percentageComplete": null, "successful": null, "messages": null }),
    ] {
        let error = end_of(running).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TaskTimeout, "{error}");
        assert_eq!(error.task_id(), Some("885174"));
    }
}

#[tokio::test]
async fn a_space_of_the_first_version_has_a_number_and_one_of_the_second_a_string() {
    let old = json!({
        "id": 80_838_666_u64, "key": "DS", "name": "Destination", "type": "global",
        "status": "current", "_expandable": { "settings": "/rest/api/space/DS/settings" },
        "_links": { "webui": "/spaces/DS" }
    });
    let new = json!({
        "id": "80838666", "key": "DS", "name": "Destination", "type": "of_a_kind_to_come",
        "status": "current", "authorId": null, "createdAt": "2024-11-04T10:01:02.345Z",
        "homepageId": null, "description": null, "icon": null, "somethingNew": [1],
        "_links": { "webui": "/spaces/DS", "base": "https://example.atlassian.net/wiki" }
    });
    let (_server, site) = site(&[("/wiki/api/v2/spaces/80838666", new)]).await;
    let old: v1::types::Space = serde_json::from_value(old).unwrap();
    assert_eq!(old.id, Some(80_838_666));
    let space = site.space().get("80838666").await.unwrap();
    assert_eq!(space.id, "80838666");
    let kind = space.type_.as_ref().unwrap();
    assert_eq!(kind.as_str(), "of_a_kind_to_come");
    assert_eq!(space.homepage_id, None);
}

#[tokio::test]
async fn a_folder_counts_milliseconds_where_a_page_names_a_time() {
    let folder = json!({
        "id": "7", "type": "folder", "status": "current", "title": "Plans", "parentId": null,
        "createdAt": 1_730_714_462_345_i64, "version": { "createdAt": "2024-11-04T10:01:02.345Z",
        "message": "", "number": 1, "minorEdit": false, "authorId": null }, "_links": null
    });
    let page = json!({
        "id": "8", "status": "published_tomorrow", "title": "", "createdAt": "2024-11-04T10:01:02.345Z",
        "body": { "atlas_doc_format": {
            "representation": "atlas_doc_format", "value": "{\"type\":\"doc\",\"version\":1,\"content\":[]}"
        } },
        "position": null, "parentId": null, "parentType": "moon"
    });
    let (_server, site) = site(&[
        ("/wiki/api/v2/folders/7", folder),
        ("/wiki/api/v2/pages/8", page),
    ])
    .await;
    let folder = site.folder().get("7").await.unwrap();
    let page = site.page().get("8").await.unwrap();
    let (folder, page) = (folder.created_at.unwrap(), page.created_at.unwrap());
    assert_eq!(folder.time(), page.time());
}
