//! Walks through simulated lists: every way in which a server is known to page, by chance.

mod changes;
mod list;
mod resume;

use proptest::prelude::*;

use super::{Style, Walking};
use list::{List, PASTS, lists, still, walk};

const STYLES: [Style; 4] = [Style::Offset, Style::Cursor, Style::Token, Style::Page];
const SIZES: [u64; 5] = [1, 2, 3, 7, 100];

#[test]
fn a_truthful_list_costs_no_more_than_its_pages() {
    for style in STYLES {
        for size in SIZES {
            for rows in [0, 1, 2, 3, 6, 7, 8, 99, 100, 101, 250] {
                let walked = still(&List::plain(rows), style, Some(size));
                assert_eq!(
                    walked.given,
                    (0..rows).collect::<Vec<_>>(),
                    "{style:?} {size} {rows}"
                );
                let pages = rows.div_ceil(size).max(1);
                // The overlap costs a row a page; a list by page number is looked at once more; a page as
                // long as a usual cap is made sure of.
                let bound = match style {
                    Style::Offset if size > 1 => (rows.max(1)).div_ceil(size - 1).max(1) + 1,
                    Style::Offset => pages + 1,
                    _ => pages,
                };
                assert!(
                    walked.requests <= bound,
                    "{style:?} {size} {rows}: {} requests",
                    walked.requests
                );
            }
        }
    }
}

#[test]
fn a_secret_cap_loses_nothing() {
    for (honest_echo, honest_next) in [
        (Some(true), true),
        (Some(false), true),
        (Some(true), false),
        (Some(false), false),
        (None, false),
    ] {
        for cap in [1, 2, 3, 25, 50] {
            for size in [2, 3, 7, 40, 60, 100, 200] {
                for rows in [cap + 1, 2 * cap, 2 * cap + 1, size + 1, 3 * size, 130] {
                    let list = List {
                        cap,
                        honest_echo,
                        honest_next,
                        ..List::plain(rows)
                    };
                    let sure = Walking {
                        make_sure: true,
                        ..Walking::default()
                    };
                    let walked = walk(
                        &mut list.clone(),
                        Style::Offset,
                        Some(size),
                        &sure,
                        |_, _| {},
                    );
                    assert_eq!(walked.given, list.visible(), "{list:?} by {size}");
                    let page = size.min(cap).saturating_sub(1).max(1);
                    assert!(
                        walked.requests <= rows.div_ceil(page) + 10,
                        "{cap} {size} {rows}: {}",
                        walked.requests
                    );
                }
            }
        }
    }
}

#[test]
fn usual_caps_are_noticed_without_being_told() {
    for cap in [25, 50, 100, 200, 250, 500, 1000] {
        let list = List {
            cap,
            honest_echo: Some(false),
            honest_next: false,
            ..List::plain(cap + cap / 2)
        };
        let walked = still(&list, Style::Offset, Some(2 * cap));
        assert_eq!(walked.given, list.visible(), "{cap}");
    }
    // An ordinary short page costs nothing more.
    assert_eq!(
        still(&List::plain(42), Style::Offset, Some(200)).requests,
        1
    );
}

#[test]
fn few_visible_rows_do_not_cost_a_request_each() {
    let mut list = List::plain(10_000);
    list.rows
        .iter_mut()
        .for_each(|(id, visible)| *visible = *id % 90 == 37);
    let walked = still(&list, Style::Offset, Some(100));
    assert_eq!(walked.given, list.visible());
    assert!(
        walked.requests < 450,
        "{} requests for 100 pages",
        walked.requests
    );
}

#[test]
fn what_lies_past_the_end_is_left() {
    for style in STYLES {
        for size in SIZES {
            for past in PASTS {
                let list = List {
                    past_end: 5,
                    past,
                    ..List::plain(20)
                };
                let walked = still(&list, style, Some(size));
                assert_eq!(
                    (walked.given, walked.stuck),
                    (list.visible(), None),
                    "{style:?} {size}"
                );
            }
        }
    }
}

#[test]
fn an_endless_list_ends_in_an_error() {
    for style in STYLES {
        for size in SIZES {
            for past in PASTS {
                let list = List {
                    past_end: 1 << 40,
                    past,
                    ..List::plain(20)
                };
                let walked = still(&list, style, Some(size));
                assert_eq!(walked.given, list.visible(), "{style:?} {size}");
                assert!(walked.stuck.is_some_and(|why| why.contains("nothing new")));
                assert!(
                    walked.requests <= 20 / size + 20 + 100 + 10,
                    "{} requests",
                    walked.requests
                );
            }
        }
    }
}

#[test]
fn a_long_list_that_begins_anew_ends_in_an_error() {
    for style in STYLES {
        for size in [30, 300, 3000] {
            for past in PASTS {
                let list = List {
                    cap: 5000,
                    past_end: 1 << 40,
                    past,
                    ..List::plain(10_000)
                };
                let walked = still(&list, style, Some(size));
                assert_eq!(walked.given, list.visible(), "{style:?} {size} {past:?}");
                assert!(walked.stuck.is_some(), "{style:?} {size} {past:?}");
            }
        }
    }
}

#[test]
fn as_many_pages_may_bring_nothing_new_as_was_said() {
    let list = List {
        past_end: 1 << 40,
        ..List::plain(20)
    };
    for style in STYLES {
        for (most, requests) in [(0, 1), (1, 1), (2, 2), (7, 7)] {
            let walking = Walking {
                max_empty_pages: most,
                ..Walking::default()
            };
            let walked = walk(&mut list.clone(), style, Some(20), &walking, |_, _| {});
            assert_eq!(walked.given, list.visible(), "{style:?} {most}");
            assert!(walked.stuck.is_some_and(|why| why.contains("nothing new")));
            assert_eq!(walked.requests, 1 + requests, "{style:?} {most}");
        }
    }
}

#[test]
fn rows_that_are_all_gone_do_not_stop_a_walk() {
    let mut list = List::plain(50);
    let walked = walk(
        &mut list,
        Style::Offset,
        Some(5),
        &Walking::default(),
        |list, request| {
            if request == 3 {
                list.rows.drain(..20);
            }
        },
    );
    assert_eq!(walked.stuck, None);
    assert_eq!(&walked.given[9..], &(20..50).collect::<Vec<_>>()[..]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn caps_and_holes_lose_nothing(list in lists(0.3), size in 1..40_u64, overlap: bool) {
        let walking = Walking { make_sure: true, overlap, ..Walking::default() };
        let walked = walk(&mut list.clone(), Style::Offset, Some(size), &walking, |_, _| {});
        prop_assert_eq!(&walked.given, &list.visible());
        let page = size.min(list.cap).saturating_sub(1).max(1);
        let bound = 4 * (list.rows.len() as u64).div_ceil(page) + 10 * (2 + list.past_end) + 40;
        prop_assert!(walked.requests <= bound, "{} requests, {} at most", walked.requests, bound);
    }

    #[test]
    fn mostly_hidden_lists_lose_nothing(list in lists(0.9), size in prop::option::of(1..40_u64)) {
        let walking = Walking { make_sure: true, max_empty_pages: 1000, ..Walking::default() };
        let walked = walk(&mut list.clone(), Style::Offset, size, &walking, |_, _| {});
        prop_assert_eq!(walked.given, list.visible());
    }

    #[test]
    fn other_styles_lose_nothing(list in lists(0.3), size in 1..40_u64, style in prop::sample::select(&STYLES[1..]), past in prop::sample::select(&PASTS[..3])) {
        let list = List { honest_next: true, past, ..list };
        let walked = still(&list, style, Some(size));
        prop_assert_eq!((walked.given, walked.stuck), (list.visible(), None));
    }
}
