//! Lists of ids that become objects: in order, a few at a time, whatever happens on the way.
#![cfg(all(feature = "onezone", feature = "testing"))]
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use serde_json::json;
use spacewright::onezone::Client;
use spacewright::onezone::types::Space as SpaceObject;
use spacewright::testing::Misbehaviour;
use spacewright::testing::onezone::{ADMIN, Group, Server, Space};
use spacewright::testing::wiremock::matchers::{method, path};
use spacewright::testing::wiremock::{Mock, ResponseTemplate};
use spacewright::{Auth, Error, ErrorKind, Limits};
use support::served::{Checked, checked};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Barrier;

async fn zone_with(spaces: usize) -> (Checked<Server>, Vec<String>) {
    let server = checked(Server::start().await.with_spaces(spaces));
    let listed = server.client().spaces().list().await.expect("a list");
    assert_eq!(listed.spaces.len(), spaces);
    (server, listed.spaces)
}

fn object_path(id: &str) -> String {
    format!("/api/v3/onezone/spaces/{id}")
}

#[tokio::test]
async fn objects_come_in_the_order_of_the_list() {
    let (server, ids) = zone_with(40).await;
    let spaces: Vec<SpaceObject> = server
        .client()
        .spaces()
        .list()
        .details()
        .try_collect()
        .await
        .unwrap();
    let found: Vec<String> = spaces.into_iter().map(|space| space.space_id).collect();
    assert_eq!(found, ids);
}

#[tokio::test]
async fn nothing_is_sent_before_the_stream_is_polled() {
    let (server, _) = zone_with(3).await;
    server.forget_requests();
    drop(server.client().spaces().list().details());
    server.requests().assert_count(0);
}

#[tokio::test]
async fn objects_under_way_do_not_keep_the_caller_from_asking() {
    let (server, ids) = zone_with(6).await;
    let zone = Client::builder(server.url())
        .auth(server.auth(ADMIN))
        .limits(Limits::default().concurrency(1))
        .build()
        .unwrap();
    let mut spaces = zone.spaces().list().details();
    let mut count = 0;
    while let Some(space) = spaces.try_next().await.unwrap() {
        // The only place among the client's requests must come free by itself.
        let again = zone.spaces().get(&space.space_id);
        let again = tokio::time::timeout(Duration::from_secs(10), again.into_future()).await;
        assert_eq!(again.unwrap().unwrap().space_id, space.space_id);
        count += 1;
    }
    assert_eq!(count, ids.len());
}

#[tokio::test]
async fn what_is_gone_by_then_is_left_out() {
    let (server, mut ids) = zone_with(5).await;
    let gone = ids.remove(2);
    server.misbehave(Misbehaviour::status(404).on(object_path(&gone)));
    let pairs: Vec<(String, SpaceObject)> = server
        .client()
        .spaces()
        .list()
        .details()
        .with_ids()
        .try_collect()
        .await
        .unwrap();
    assert!(pairs.iter().all(|(id, space)| *id == space.space_id));
    assert_eq!(pairs.into_iter().map(|(id, _)| id).collect::<Vec<_>>(), ids);
}

#[tokio::test]
async fn another_error_stands_in_its_place_and_the_rest_follows() {
    let (server, ids) = zone_with(5).await;
    server.misbehave(Misbehaviour::status(403).on(object_path(&ids[1])));
    let results: Vec<Result<SpaceObject, Error>> =
        server.client().spaces().list().details().collect().await;
    let found: Vec<Option<&str>> = results
        .iter()
        .map(|result| result.as_ref().ok().map(|space| space.space_id.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            Some(&*ids[0]),
            None,
            Some(&*ids[2]),
            Some(&*ids[3]),
            Some(&*ids[4])
        ]
    );
    let error = results[1].as_ref().unwrap_err();
    assert!(error.is_forbidden(), "{error}");
    assert_eq!(error.operation(), Some("spaces_get"));
}

#[tokio::test]
async fn a_list_that_fails_is_the_only_error() {
    let (server, _) = zone_with(5).await;
    server.misbehave(Misbehaviour::status(403).on("/api/v3/onezone/spaces"));
    let results: Vec<Result<SpaceObject, Error>> =
        server.client().spaces().list().details().collect().await;
    assert_eq!(results.len(), 1);
    let error = results[0].as_ref().unwrap_err();
    assert_eq!(
        (error.operation(), error.is_forbidden()),
        (Some("spaces_list"), true),
        "{error}"
    );
}

#[tokio::test]
async fn an_empty_list_is_an_empty_stream() {
    let (server, _) = zone_with(0).await;
    assert_eq!(server.client().spaces().list().details().count().await, 0);
}

#[tokio::test]
async fn the_lists_within_a_thing_read_what_is_within_it() {
    let server = checked(
        Server::start()
            .await
            .with_group(Group::new("Astronomers"))
            .with_group(Group::new("Chemists"))
            .with_space(
                Space::new("Telescope")
                    .group("Astronomers")
                    .group("Chemists"),
            ),
    );
    let space = server.space("Telescope").expect("the space").id;
    let zone = server.client();
    server.forget_requests();

    let groups = zone
        .spaces()
        .list_groups(&space)
        .header("x-trace", "t1")
        .details();
    let mut names: Vec<String> = groups
        .map_ok(|group| group.name.unwrap_or_default())
        .try_collect()
        .await
        .unwrap();
    names.sort();

    assert_eq!(names, ["Astronomers", "Chemists"]);
    let requests = server.requests();
    requests
        .clone()
        .to(&format!("/api/v3/onezone/spaces/{space}/groups/*"))
        .assert_count(2);
    // What the list was told holds for the objects as well.
    requests.with_header("x-trace").assert_count(3);
}

#[tokio::test]
async fn an_id_that_would_lead_elsewhere_is_not_asked_for() {
    let server = checked(Server::start().await);
    let ids = json!({ "spaces": ["..", "a/../b", "", "../../user"] });
    let list = Mock::given(method("GET"))
        .and(path("/api/v3/onezone/spaces"))
        .respond_with(ResponseTemplate::new(200).set_body_json(ids));
    server.mount(list).await;
    let results: Vec<_> = server.client().spaces().list().details().collect().await;
    assert_eq!(results.len(), 4);
    for result in results {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidInput);
    }
    server.requests().assert_count(1);
}

/// A zone that answers for a space only when `at_once` of them are asked for, and that counts how many
/// are under way. One of its spaces may be gone.
struct Batches {
    spaces: usize,
    gone: Option<usize>,
    arrived: Barrier,
    begun: AtomicUsize,
    underway: AtomicUsize,
    most: AtomicUsize,
}

impl Batches {
    async fn of(spaces: usize, at_once: usize, gone: Option<usize>) -> (Arc<Self>, Client) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let batches = Arc::new(Self {
            spaces,
            gone,
            arrived: Barrier::new(at_once),
            begun: AtomicUsize::new(0),
            underway: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        });
        let server = Arc::clone(&batches);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&server).serve(connection));
            }
        });
        let client = Client::builder(url)
            .auth(Auth::x_auth_token("t"))
            .build()
            .expect("a client");
        (batches, client)
    }

    /// Answers the requests of one connection.
    async fn serve(self: Arc<Self>, connection: TcpStream) {
        let mut connection = BufReader::new(connection);
        let mut head = Vec::new();
        while let Ok(byte) = connection.read_u8().await {
            head.push(byte);
            if !head.ends_with(b"\r\n\r\n") {
                continue;
            }
            let target = String::from_utf8_lossy(&head)
                .split(' ')
                .nth(1)
                .unwrap_or_default()
                .to_owned();
            head.clear();
            let (status, body) = match target.strip_prefix("/api/v3/onezone/spaces/") {
                Some(id) => self.space(id).await,
                None => {
                    let ids: Vec<_> = (0..self.spaces).map(|id| id.to_string()).collect();
                    ("200 OK", json!({ "spaces": ids }).to_string())
                }
            };
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            if connection.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }

    async fn space(&self, id: &str) -> (&'static str, String) {
        self.begun.fetch_add(1, Ordering::SeqCst);
        let underway = self.underway.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(underway, Ordering::SeqCst);
        self.arrived.wait().await;
        self.underway.fetch_sub(1, Ordering::SeqCst);
        if self.gone.is_some_and(|gone| gone.to_string() == id) {
            let error = json!({ "error": { "id": "notFound", "description": "Not found." } });
            return ("404 Not Found", error.to_string());
        }
        ("200 OK", json!({ "spaceId": id }).to_string())
    }
}

#[tokio::test]
async fn as_many_are_read_at_a_time_as_was_said() {
    for (at_once, spaces) in [(1, 1), (4, 4), (8, 8), (1, 0)] {
        let (batches, zone) = Batches::of(8, at_once, None).await;
        let objects = zone
            .spaces()
            .list()
            .details()
            .concurrency(spaces)
            .try_collect::<Vec<SpaceObject>>();
        let objects = tokio::time::timeout(Duration::from_secs(20), objects).await;
        let objects = objects
            .expect("enough requests at a time")
            .expect("objects");
        let ids: Vec<String> = objects.into_iter().map(|space| space.space_id).collect();
        assert_eq!(ids, ["0", "1", "2", "3", "4", "5", "6", "7"]);
        assert_eq!(batches.most.load(Ordering::SeqCst), at_once);
    }
}

#[tokio::test]
async fn an_id_that_is_listed_twice_is_read_twice() {
    let (server, mut ids) = zone_with(2).await;
    ids.extend(ids.clone());
    let list = Mock::given(method("GET"))
        .and(path("/api/v3/onezone/spaces"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "spaces": ids })));
    server.mount(list).await;
    let spaces = server.client().spaces().list().details();
    let spaces: Vec<SpaceObject> = spaces.try_collect().await.unwrap();
    let found: Vec<String> = spaces.into_iter().map(|space| space.space_id).collect();
    assert_eq!(found, ids);
}

#[tokio::test]
async fn ten_thousand_objects_come_in_order_and_only_as_they_are_asked_for() {
    const GONE: usize = 5000;
    let (batches, zone) = Batches::of(10_000, 1, Some(GONE)).await;
    let mut spaces = zone.spaces().list().details().concurrency(32);
    let first = spaces.try_next().await.unwrap().unwrap();
    assert_eq!(first.space_id, "0");
    // Those that were begun are finished, and no more are begun.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let begun = batches.begun.load(Ordering::SeqCst);
    assert!(begun <= 33, "{begun} of them");
    let rest: Vec<String> = spaces
        .map_ok(|space| space.space_id)
        .try_collect()
        .await
        .unwrap();
    let expected: Vec<String> = (1..10_000)
        .filter(|n| *n != GONE)
        .map(|n| n.to_string())
        .collect();
    assert!(rest == expected, "{} objects", rest.len());
    assert_eq!(batches.begun.load(Ordering::SeqCst), 10_000);
    assert!(batches.most.load(Ordering::SeqCst) <= 32);
}
