//! Lists whose rows come and go while they are walked.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::list_server::{ListServer, Reply};
use super::lists::{Wish, drain, list};
use super::ways::{Style, item};

/// Rows that a request can change.
type Rows = Arc<Mutex<Vec<u64>>>;

/// A `start`/`limit` list that `change` alters before each request, of which it gets the number.
async fn moving(change: fn(&mut Vec<u64>, u64)) -> (ListServer, Rows) {
    let rows: Rows = Arc::new(Mutex::new((0..300).collect()));
    let (shared, requests) = (rows.clone(), AtomicU64::new(0));
    let server = ListServer::start(move |asked| {
        let mut rows = shared.lock().unwrap();
        change(&mut rows, requests.fetch_add(1, Ordering::SeqCst) + 1);
        let number = |name| asked.number(name).map(|number| number as usize);
        let limit = number("limit").unwrap();
        let start = number("start").unwrap_or(0).min(rows.len());
        let end = (start + limit).min(rows.len());
        let items: Vec<Value> = rows[start..end]
            .iter()
            .map(|row| item(Style::Offset, *row))
            .collect();
        let mut body = json!({ "results": items, "start": start, "limit": limit });
        if end < rows.len() {
            body["_links"] = json!({ "next": format!("/rest/api/group?start={end}") });
        }
        Reply {
            status: 200,
            link: None,
            body: body.to_string(),
        }
    });
    let server = server.await.with_latency(Duration::from_millis(1));
    (server, rows)
}

#[tokio::test]
async fn rows_that_move_meanwhile_come_once() {
    let changes: [fn(&mut Vec<u64>, u64); 4] = [
        |rows, request| rows.insert(0, 1000 + request),
        |rows, request| {
            if request % 3 == 0 {
                rows.drain(..2);
            }
        },
        |rows, request| {
            if request % 2 == 0 {
                rows.insert(0, 1000 + request);
            } else {
                rows.remove(rows.len() / 2);
            }
        },
        |rows, request| {
            if request == 9 {
                rows.drain(20..100);
            }
        },
    ];
    for (case, change) in changes.into_iter().enumerate() {
        for size in [7, 25] {
            for ahead in [0, 1, 8] {
                let (server, rows) = moving(change).await;
                let wish = Wish::of(size).ahead(ahead);
                let (given, error) = drain(&mut list(Style::Offset, &server, &wish)).await;
                assert!(error.is_none(), "{case} {size} {ahead}: {error:?}");
                let given: Vec<u64> = given.iter().map(|id| id.parse().unwrap()).collect();
                let different: HashSet<u64> = given.iter().copied().collect();
                assert_eq!(different.len(), given.len(), "{case} {size} {ahead}");
                let stayed = rows.lock().unwrap().clone();
                let stayed: Vec<u64> = stayed.into_iter().filter(|row| *row < 1000).collect();
                let lasting: Vec<u64> = given
                    .into_iter()
                    .filter(|row| stayed.contains(row))
                    .collect();
                assert_eq!(lasting, stayed, "{case} {size} {ahead}");
            }
        }
    }
}
