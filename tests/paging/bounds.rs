//! No more is asked for than was wanted, and what a bound left can be gone on with.

use futures_util::TryStreamExt;
use spacewright::confluence_dc as dc;

use super::lists::{Wish, drain, list};
use super::ways::{STYLES, Style, Ways, serve};

#[tokio::test]
async fn what_a_bound_left_is_gone_on_with() {
    let ways = Ways::plain(23);
    for style in STYLES {
        let server = serve(style, &ways).await;
        for (max_items, max_pages) in [
            (Some(1), None),
            (Some(4), None),
            (Some(5), None),
            (None, Some(1)),
            (None, Some(2)),
        ] {
            for ahead in [0, 8] {
                let mut wish = Wish {
                    max_items,
                    max_pages,
                    ..Wish::of(5).ahead(ahead)
                };
                let mut given = Vec::new();
                for _ in 0..30 {
                    let mut some = list(style, &server, &wish);
                    given.extend(drain(&mut some).await.0);
                    wish.resume = Some(some.at());
                }
                assert_eq!(
                    given,
                    ways.expected(),
                    "{style:?} {max_items:?} {max_pages:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn no_more_is_asked_for_than_wanted() {
    for style in STYLES {
        let server = serve(style, &Ways::plain(1000)).await;
        for (max_items, max_pages, items, requests) in [
            (Some(0), None, 0, 0),
            (None, Some(0), 0, 0),
            (Some(10), None, 10, 1),
            (Some(7), None, 7, 1),
            (None, Some(1), 10, 1),
            (Some(15), Some(9), 15, 2),
        ] {
            for ahead in [0, 8] {
                let wish = Wish {
                    max_items,
                    max_pages,
                    ..Wish::of(10).ahead(ahead)
                };
                let (given, error) = drain(&mut list(style, &server, &wish)).await;
                assert!(error.is_none());
                assert_eq!(
                    (given.len(), server.take()),
                    (items, requests),
                    "{style:?} {max_items:?} {max_pages:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn pages_and_items_agree() {
    let ways = Ways {
        rows: 23,
        hidden: vec![5..12],
        ..Ways::default()
    };
    let server = serve(Style::Offset, &ways).await;
    let wiki = dc::Client::builder(server.url()).build().unwrap();
    let pages: Vec<_> = wiki
        .group()
        .list()
        .limit(3)
        .max_items(10)
        .pages()
        .try_collect()
        .await
        .unwrap();
    let names: Vec<String> = pages
        .into_iter()
        .flat_map(|page| page.items)
        .filter_map(|group| group.name)
        .collect();
    assert_eq!(names, ways.expected()[..10]);
}
