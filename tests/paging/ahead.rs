//! Pages that are asked for ahead: how many travel together, and what becomes of them.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use spacewright::{Limits, confluence_dc as dc};

use super::list_server::ListServer;
use super::lists::{Wish, drain, list};
use super::ways::{Style, Ways, page, serve};

#[tokio::test]
async fn numbers_travel_together_and_cursors_one_ahead() {
    for (style, at_least, at_most) in [
        (Style::Offset, 4, 8),
        (Style::Page, 4, 8),
        (Style::Cursor, 1, 1),
        (Style::Token, 1, 1),
    ] {
        let ways = Ways::plain(400);
        let expected = ways.expected();
        let server = ListServer::start(move |asked| page(style, &ways, asked)).await;
        let server = server.with_latency(Duration::from_millis(5));
        let (given, _) = drain(&mut list(style, &server, &Wish::of(10).ahead(8))).await;
        assert_eq!(given, expected);
        let most = server.most_at_once();
        assert!(
            (at_least..=at_most).contains(&most),
            "{style:?}: {most} at once"
        );
    }
}

#[tokio::test]
async fn pages_ahead_keep_to_the_clients_limit_and_do_not_block_it() {
    let ways = Ways::plain(60);
    let server = serve(Style::Offset, &ways).await;
    let wiki = dc::Client::builder(server.url())
        .limits(Limits::default().concurrency(1))
        .build()
        .unwrap();
    let mut groups = wiki.group().list().limit(5).fetch_ahead(8).items();
    let mut count = 0;
    while let Some(group) = groups.try_next().await.unwrap() {
        count += 1;
        // The only place among the client's requests must come free by itself.
        let other = wiki.group().list().limit(1);
        tokio::time::timeout(Duration::from_secs(10), other)
            .await
            .unwrap()
            .unwrap();
        drop(group);
    }
    assert_eq!((count, server.most_at_once()), (60, 1));
}

#[tokio::test]
async fn dropping_the_stream_stops_it() {
    let arrived = Arc::new(tokio::sync::Semaphore::new(0));
    let (gate, ways) = (arrived.clone(), Ways::plain(100_000));
    let server = ListServer::start(move |asked| {
        gate.add_permits(1);
        page(Style::Offset, &ways, asked)
    });
    let server = server.await.with_latency(Duration::from_millis(2));
    let mut groups = list(Style::Offset, &server, &Wish::of(10).ahead(8));
    for _ in 0..25 {
        groups.next().await.unwrap().unwrap();
    }
    drop(groups);
    // What had arrived when it was dropped is answered; a request of our own comes after all of it.
    let _ = arrived.acquire_many(3).await.unwrap();
    let one = Wish {
        max_items: Some(1),
        ..Wish::of(10)
    };
    let last = list(Style::Offset, &server, &one).next().await;
    last.unwrap().unwrap();
    assert!(server.take() <= 3 + 8 + 1 + 1);
}
