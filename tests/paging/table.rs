//! Each item once, in order, at a price: every way of a list, page size and number of pages ahead.

use spacewright::ErrorKind;

use super::lists::{Wish, drain, list};
use super::ways::{Style, Ways, serve};

/// The ways of all lists, and whether they end in an error.
fn all_ways() -> Vec<(&'static str, Ways, bool)> {
    let plain = |rows| Ways {
        rows,
        link: "/confluence",
        ..Ways::default()
    };
    let capped = |wrong_echo, wrong_next| Ways {
        cap: Some(3),
        wrong_echo,
        wrong_next,
        ..plain(23)
    };
    vec![
        ("empty", plain(0), false),
        ("one", plain(1), false),
        ("plain", plain(23), false),
        ("capped, said so", capped(false, false), false),
        ("capped, wrong echo", capped(true, false), false),
        ("capped, wrong next", capped(false, true), false),
        ("capped secretly", capped(true, true), false),
        (
            "holes",
            Ways {
                hidden: vec![2..3, 5..12, 20..23],
                ..plain(40)
            },
            false,
        ),
        (
            "hidden beginning",
            Ways {
                hidden: vec![0..9],
                ..plain(30)
            },
            false,
        ),
        (
            "holes under a secret cap",
            Ways {
                hidden: vec![4..9, 11..12],
                ..capped(true, true)
            },
            false,
        ),
        (
            "empty pages past the end",
            Ways {
                past_end: 4,
                ..plain(23)
            },
            false,
        ),
        (
            "rows past the end",
            Ways {
                past_end: 4,
                rows_past_end: true,
                ..plain(23)
            },
            false,
        ),
        (
            "endless",
            Ways {
                past_end: u64::MAX >> 8,
                ..plain(23)
            },
            true,
        ),
        (
            "endless with rows",
            Ways {
                past_end: u64::MAX >> 8,
                rows_past_end: true,
                ..plain(23)
            },
            true,
        ),
        (
            "no size",
            Ways {
                no_size: true,
                ..plain(23)
            },
            false,
        ),
        (
            "another host",
            Ways {
                link: "https://elsewhere.invalid",
                ..plain(23)
            },
            false,
        ),
        (
            "doubled context",
            Ways {
                link: "/confluence/confluence",
                ..plain(23)
            },
            false,
        ),
        (
            "no context",
            Ways {
                link: "",
                ..plain(23)
            },
            false,
        ),
    ]
}

/// Every behaviour, page size and number of pages ahead for one style.
async fn each_item_once_in_order(style: Style) {
    for (name, ways, endless) in all_ways() {
        let server = serve(style, &ways).await;
        // What was asked for ahead in vain may arrive in the next walk: the exact counts come first.
        for ahead in [0, 1, 8] {
            for size in [1, 2, 3, 7, 100] {
                let case = format!("{style:?}, {name}, {size} a page, {ahead} ahead");
                // A single page under a cap of three shows in nothing.
                let make_sure = style == Style::Offset && size == 100 && ways.cap.is_some();
                let wish = Wish {
                    make_sure,
                    ..Wish::of(size).ahead(ahead)
                };
                let (given, error) = drain(&mut list(style, &server, &wish)).await;
                assert_eq!(given, ways.expected(), "{case}");
                assert_eq!(
                    error.map(|error| error.kind()),
                    endless.then_some(ErrorKind::NoProgress),
                    "{case}"
                );
                let requests = server.take() as u64;
                if let Some(exact) = exact(style, &ways, size as u64).filter(|_| ahead == 0) {
                    assert_eq!(requests, exact, "{case}");
                }
                let bound = bound(style, &ways, size as u64, ahead as u64, endless);
                assert!(
                    requests <= bound,
                    "{case}: {requests} requests, {bound} at most"
                );
            }
        }
    }
}

/// A test for each style, so that they run side by side.
macro_rules! styles {
    ($($name:ident: $style:ident,)*) => {$(
        #[tokio::test]
        async fn $name() {
            each_item_once_in_order(Style::$style).await;
        }
    )*};
}

styles! {
    offsets_give_each_item_once: Offset,
    cursors_give_each_item_once: Cursor,
    next_links_give_each_item_once: NextLink,
    link_headers_give_each_item_once: LinkHeader,
    tokens_give_each_item_once: Token,
    page_numbers_give_each_item_once: Page,
}

/// What a walk without pages ahead costs: each page once, and what lies past the end. Where a list of offsets
/// has a cap, holes or a wrong end there are guesses, which [`bound`] is for.
fn exact(style: Style, ways: &Ways, size: u64) -> Option<u64> {
    let page = ways.cap.map_or(size, |cap| size.min(cap));
    // An endless list is left after a hundred pages that bring nothing.
    let past = ways.past_end.min(100);
    if style != Style::Offset {
        return Some(ways.rows.div_ceil(page).max(1) + past);
    }
    let honest = ways.cap.is_none() && ways.hidden.is_empty() && past == 0;
    // Pages overlap by a row, so each but the first brings one less; pages of one are asked for as two.
    let step = (page - 1).max(1);
    honest.then(|| 1 + ways.rows.saturating_sub(page).div_ceil(step))
}

/// What a walk may cost: its pages, what lies past the end, looking for the reach of pages, and what was
/// asked for ahead in vain.
fn bound(style: Style, ways: &Ways, size: u64, ahead: u64, endless: bool) -> u64 {
    let page = ways.cap.map_or(size, |cap| size.min(cap));
    let step = if style == Style::Offset {
        (page - 1).max(1)
    } else {
        page
    };
    // A page that was never full counts for no more rows than it held.
    let past = if endless {
        100
    } else {
        ways.past_end * page.div_ceil(step.min(ways.rows.max(2) - 1))
    };
    let pages = ways.rows.div_ceil(step).max(1) + past + 1;
    let looking = if style == Style::Offset && (!ways.hidden.is_empty() || ways.past_end > 0) {
        pages + 10
    } else {
        5
    };
    // Wrong guesses are few: a page that is shorter than the longest so far does not change the steps.
    // What the walk before had asked for in vain may still arrive.
    pages + looking + ahead * if looking > 5 { 12 } else { 3 } + 8
}
