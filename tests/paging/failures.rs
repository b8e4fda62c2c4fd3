//! A page that fails: what came before it is given, and it can be tried again.

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::StreamExt;
use spacewright::ErrorKind;

use super::list_server::{ListServer, Reply};
use super::lists::{Wish, drain, list};
use super::ways::{STYLES, Style, Ways, page};

/// A server that fails, once, to send the page with this row.
async fn failing(style: Style, rows: u64, row: u64) -> ListServer {
    let ways = Ways::plain(rows);
    let (id, failed) = (format!("\"{row}\""), AtomicBool::new(false));
    ListServer::start(move |asked| {
        let reply = page(style, &ways, asked);
        if reply.body.contains(&id) && !failed.swap(true, Ordering::SeqCst) {
            return Reply {
                status: 400,
                link: None,
                body: "{}".to_owned(),
            };
        }
        reply
    })
    .await
}

#[tokio::test]
async fn a_page_that_failed_is_tried_again_without_loss() {
    for style in STYLES {
        for ahead in [0, 1, 8] {
            let server = failing(style, 40, 17).await;
            let mut list = list(style, &server, &Wish::of(5).ahead(ahead));
            let (mut given, error) = drain(&mut list).await;
            assert_eq!(error.unwrap().kind(), ErrorKind::BadRequest);
            assert!(!given.is_empty() && given.len() < 40);
            assert_eq!(
                given,
                Ways::plain(given.len() as u64).expected(),
                "all before it, in order"
            );
            assert!(
                list.next().await.is_none(),
                "the stream ends with the error"
            );
            list.again();
            let (rest, error) = drain(&mut list).await;
            assert!(error.is_none());
            given.extend(rest);
            assert_eq!(
                given,
                Ways::plain(40).expected(),
                "{style:?}, {ahead} ahead"
            );
        }
    }
}
