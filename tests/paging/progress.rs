//! Servers that go round in circles, sizes that make no sense, and ends that are hard to see.

use futures_util::StreamExt;
use serde_json::json;
use spacewright::ErrorKind;

use super::list_server::{ListServer, Reply};
use super::lists::{Wish, drain, list};
use super::ways::{STYLES, Style, Ways, item, serve};

#[tokio::test]
async fn a_cursor_that_repeats_ends_in_an_error_after_its_items() {
    for style in STYLES {
        if style == Style::Offset {
            continue;
        }
        let ways = Ways {
            rows: 30,
            repeat_from: Some(10),
            ..Ways::default()
        };
        let server = serve(style, &ways).await;
        for ahead in [0, 1, 8] {
            let mut list = list(style, &server, &Wish::of(5).ahead(ahead));
            let (given, error) = drain(&mut list).await;
            assert_eq!(given, ways.expected()[..15], "{style:?}");
            assert_eq!(error.unwrap().kind(), ErrorKind::NoProgress, "{style:?}");
            assert!(list.next().await.is_none());
        }
    }
}

#[tokio::test]
async fn a_server_that_always_answers_page_one_does_not_hold_a_walk() {
    let ways = Ways {
        rows: 23,
        deaf: true,
        ..Ways::default()
    };
    for style in STYLES {
        let server = serve(style, &ways).await;
        for (size, ahead) in [(1, 0), (1, 8), (5, 0), (5, 8)] {
            let wish = Wish::of(size).ahead(ahead);
            let (given, error) = drain(&mut list(style, &server, &wish)).await;
            // The overlap makes a page of one row one of two.
            let most = (size as usize).max(2);
            assert_eq!(given, ways.expected()[..given.len()], "{style:?} {size}");
            assert!((1..=most).contains(&given.len()), "{style:?} {size}");
            assert_eq!(error.unwrap().kind(), ErrorKind::NoProgress, "{style:?}");
            let requests = server.take();
            assert!(requests <= 130, "{style:?} {size}: {requests} requests");
        }
    }
}

#[tokio::test]
async fn a_page_size_below_one_is_refused() {
    for style in STYLES {
        let server = serve(style, &Ways::default()).await;
        for size in [0, -1, i64::from(i32::MIN)] {
            let wish = Wish::of(size);
            let (given, error) = drain(&mut list(style, &server, &wish)).await;
            let error = error.unwrap();
            assert!(given.is_empty() && error.is_invalid_input(), "{error}");
            assert!(error.to_string().contains("at least 1"), "{error}");
            assert_eq!(server.take(), 0);
        }
    }
}

#[tokio::test]
async fn the_largest_page_size_is_nothing_to_fear() {
    let ways = Ways {
        rows: 60,
        cap: Some(10),
        hidden: vec![3..9, 20..34],
        ..Ways::default()
    };
    let server = serve(Style::Offset, &ways).await;
    let wish = Wish::of(i64::from(i32::MAX)).ahead(8);
    let (given, error) = drain(&mut list(Style::Offset, &server, &wish)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(given, ways.expected());
}

#[tokio::test]
async fn an_empty_next_link_is_the_end() {
    let body = json!({
        "results": [item(Style::Offset, 1)], "start": 0, "limit": 25, "_links": { "next": "" },
    });
    let server = ListServer::start(move |_| Reply {
        status: 200,
        link: None,
        body: body.to_string(),
    });
    let server = server.await;
    let wish = Wish::of(25);
    let (given, error) = drain(&mut list(Style::Offset, &server, &wish)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!((given.len(), server.take()), (1, 1));
}

#[tokio::test]
async fn the_first_page_tells_about_a_usual_cap() {
    let ways = Ways {
        rows: 70,
        cap: Some(50),
        wrong_echo: true,
        wrong_next: true,
        ..Ways::default()
    };
    let server = serve(Style::Offset, &ways).await;
    let (given, _) = drain(&mut list(Style::Offset, &server, &Wish::of(200))).await;
    assert_eq!(given, ways.expected());
    assert_eq!(server.take(), 2);
}
