//! A walk can be left, written down, and gone on with.

use futures_util::{StreamExt, TryStreamExt};
use serde_json::json;
use spacewright::Position;

use super::lists::{Wish, drain, list};
use super::ways::{STYLES, Style, Ways, serve};

#[tokio::test]
async fn a_position_goes_on_anywhere() {
    let ways = Ways {
        rows: 23,
        hidden: vec![6..8],
        ..Ways::default()
    };
    for style in STYLES {
        let server = serve(style, &ways).await;
        for stop in 0..=ways.expected().len() {
            for ahead in [0, 8] {
                let wish = Wish::of(5).ahead(ahead);
                let mut first = list(style, &server, &wish);
                let mut given: Vec<String> = first.by_ref().take(stop).try_collect().await.unwrap();
                let saved = serde_json::to_string(&first.at()).unwrap();
                drop(first);
                let wish = wish.resume(serde_json::from_str(&saved).unwrap());
                let (rest, error) = drain(&mut list(style, &server, &wish)).await;
                assert!(error.is_none());
                given.extend(rest);
                assert_eq!(given, ways.expected(), "{style:?} at {stop}: {saved}");
            }
        }
    }
}

#[tokio::test]
async fn the_end_is_a_position_too() {
    for style in STYLES {
        let server = serve(style, &Ways::plain(4)).await;
        let mut all = list(style, &server, &Wish::of(5));
        drain(&mut all).await;
        let wish = Wish::of(5).resume(all.at());
        server.take();
        let (given, error) = drain(&mut list(style, &server, &wish)).await;
        assert!(given.is_empty() && error.is_none() && server.take() == 0);
    }
}

#[tokio::test]
async fn a_position_of_another_list_is_refused() {
    let server = serve(Style::Offset, &Ways::plain(4)).await;
    let mut groups = list(Style::Offset, &server, &Wish::of(2));
    groups.next().await.unwrap().unwrap();
    let wish = Wish::of(2).resume(groups.at());
    let (_, error) = drain(&mut list(Style::Cursor, &server, &wish)).await;
    assert!(error.unwrap().is_invalid_input());
}

#[tokio::test]
async fn a_forged_position_is_an_error_or_a_place() {
    let server = serve(Style::Offset, &Ways::plain(4)).await;
    let first = list(Style::Offset, &server, &Wish::of(2));
    let operation = serde_json::to_value(first.at()).unwrap()["operation"].clone();
    let reach = json!({ "proven": u64::MAX, "possible": u64::MAX, "told": true, "honest_next": true, "jumped": true });
    let places = [
        json!({ "page": { "page": 3, "seen": [] } }),
        json!({ "cursor": { "cursor": "x", "seen": [] } }),
        json!({ "offset": { "start": u64::MAX, "anchored": true, "tail": 0, "reach": reach, "seen": [] } }),
        json!({ "offset": { "start": 1, "anchored": true, "tail": u64::MAX, "reach": reach, "seen": [u64::MAX] } }),
    ];
    for (at, fits) in places.into_iter().zip([false, false, true, true]) {
        let position = json!({ "operation": operation, "at": at, "key": 7 });
        let wish = Wish::of(2)
            .ahead(8)
            .resume(serde_json::from_value(position).unwrap());
        let (_, error) = drain(&mut list(Style::Offset, &server, &wish)).await;
        let refused = error.is_some_and(|error| error.is_invalid_input());
        assert_eq!(refused, !fits, "{at}");
    }
    for unreadable in [
        json!({ "offset": { "start": -1, "anchored": true, "tail": null, "reach": reach, "seen": [] } }),
        json!({ "offset": { "start": 1 } }),
        json!("nowhere"),
        json!(null),
    ] {
        let position = json!({ "operation": operation, "at": unreadable, "key": 7 });
        assert!(serde_json::from_value::<Position>(position).is_err());
    }
}
