//! Every list style against a server with every known way of paging: each item once, in order, at a price.
#![cfg(all(
    feature = "confluence-dc",
    feature = "confluence-cloud",
    feature = "onezone",
    feature = "workspaces"
))]
#![allow(clippy::single_range_in_vec_init)] // one hidden range among several is a list all the same
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod paging_server;

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{Stream, StreamExt, TryStreamExt};
use paging_server::{Asked, Reply, Server};
use serde_json::{Value, json};
use spacewright::onezone::types::MarketplaceQuery;
use spacewright::{Error, ErrorKind, Limits, Position, Retry};
use spacewright::{confluence_cloud as cloud, confluence_dc as dc, onezone, workspaces};

/// The styles, each as a list of one of the services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Offset,
    /// `nextCursor` in the answer.
    Cursor,
    /// The cursor in `_links.next`.
    NextLink,
    /// The cursor in the `Link` header.
    LinkHeader,
    Token,
    Page,
}

const STYLES: [Style; 6] = [
    Style::Offset,
    Style::Cursor,
    Style::NextLink,
    Style::LinkHeader,
    Style::Token,
    Style::Page,
];

/// How the list misbehaves.
#[derive(Clone, Debug, Default)]
struct Ways {
    rows: u64,
    cap: Option<u64>,
    /// Whether `limit` shows what was asked for in spite of the cap, and whether `next` jumps by it.
    wrong_echo: bool,
    wrong_next: bool,
    hidden: Vec<std::ops::Range<u64>>,
    /// Pages past the end that are announced.
    past_end: u64,
    rows_past_end: bool,
    /// From here on every page names the same next one.
    repeat_from: Option<u64>,
    no_size: bool,
    /// Whether every request is answered with the first page.
    deaf: bool,
    /// What stands before the path in links.
    link: &'static str,
}

impl Ways {
    fn sees(&self, row: u64) -> bool {
        !self.hidden.iter().any(|range| range.contains(&row))
    }

    fn expected(&self) -> Vec<String> {
        (0..self.rows)
            .filter(|row| self.sees(*row))
            .map(|row| row.to_string())
            .collect()
    }
}

fn item(style: Style, row: u64) -> Value {
    let id = row.to_string();
    match style {
        Style::Offset => json!({ "type": "group", "name": id }),
        Style::Cursor => json!({ "id": id, "type": "page" }),
        Style::NextLink | Style::LinkHeader => json!({ "id": id, "key": id, "name": id }),
        Style::Token => json!({ "spaceId": id, "index": id }),
        Style::Page => json!({
            "id": id, "identifier": id, "name": id, "workspace_type": "single_user",
            "created_at": "2026-03-02T10:15:00Z", "updated_at": "2026-03-02T10:15:00Z",
        }),
    }
}

/// The page that a request asks for.
fn page(style: Style, ways: &Ways, asked: &Asked) -> Reply {
    let wanted = asked
        .number(if style == Style::Page {
            "per_page"
        } else {
            "limit"
        })
        .unwrap_or(25);
    let size = ways.cap.map_or(wanted, |cap| wanted.min(cap));
    let start = match style {
        Style::Offset => asked.number("start").unwrap_or(0),
        Style::Page => (asked.number("page").unwrap_or(1) - 1) * size,
        Style::Token => asked.number("token").unwrap_or(0),
        _ => asked.text("cursor").map_or(0, |cursor| {
            cursor.trim_start_matches("at:").parse().unwrap()
        }),
    };
    let start = if ways.deaf { 0 } else { start };
    let rows = match start >= ways.rows && ways.rows_past_end {
        true => ways.rows.saturating_sub(size)..ways.rows,
        false => start.min(ways.rows)..(start + size).min(ways.rows),
    };
    let items: Vec<Value> = rows
        .filter(|row| ways.sees(*row))
        .map(|row| item(style, row))
        .collect();
    let step = if ways.wrong_next && style == Style::Offset {
        wanted
    } else {
        size
    };
    let mut next = Some(start + step)
        .filter(|next| *next < ways.rows || (next - ways.rows) / step < ways.past_end);
    if let Some(from) = ways.repeat_from.filter(|from| start >= *from) {
        next = Some(if style == Style::Page {
            from
        } else {
            from.max(1)
        });
    }
    let link = |query: String| format!("{}/rest/api/list?limit={wanted}&{query}", ways.link);
    let mut body = json!({ "results": items, "start": start, "limit": if ways.wrong_echo { wanted } else { size } });
    if !ways.no_size {
        body["size"] = items.len().into();
    }
    let mut header = None;
    match (style, next) {
        (Style::Page, next) => {
            body = items.into();
            header = next.map(|next| link(format!("page={}", next / size + 1)));
        }
        (Style::Token, next) => {
            body = json!({ "spaces": items, "isLast": next.is_none(), "nextPageToken": next.map(|next| next.to_string()) });
        }
        (_, None) => {}
        (Style::Offset, Some(next)) => {
            body["_links"] = json!({ "next": link(format!("start={next}")) })
        }
        (Style::Cursor, Some(next)) => body["nextCursor"] = format!("at:{next}").into(),
        (Style::NextLink, Some(next)) => {
            body["_links"] = json!({ "next": link(format!("cursor=at%3A{next}")) })
        }
        (Style::LinkHeader, Some(next)) => header = Some(link(format!("cursor=at%3A{next}"))),
    }
    Reply {
        status: 200,
        link: header,
        body: body.to_string(),
    }
}

fn serve(style: Style, ways: &Ways) -> Server {
    let ways = ways.clone();
    Server::start(Duration::ZERO, move |asked| page(style, &ways, asked))
}

/// What the caller wants.
#[derive(Clone, Debug, Default)]
struct Wish {
    size: i64,
    ahead: usize,
    make_sure: bool,
    max_items: Option<u64>,
    max_pages: Option<u64>,
    resume: Option<Position>,
    limits: Option<Limits>,
}

/// A list as all styles have it: ids, a position, another try.
trait List: Stream<Item = Result<String, Error>> + Send + Unpin {
    fn at(&self) -> Position;
    fn again(&mut self);
}

struct Ids<S, F>(S, F);

macro_rules! ids {
    ($request:expr, $wish:expr, $item:ident: $type:ty => $id:expr) => {{
        let wish: &Wish = $wish;
        let mut request = $request
            .limit(wish.size.try_into().unwrap())
            .fetch_ahead(wish.ahead)
            .make_sure(wish.make_sure);
        if let Some(most) = wish.max_items {
            request = request.max_items(most);
        }
        if let Some(most) = wish.max_pages {
            request = request.max_pages(most);
        }
        if let Some(position) = &wish.resume {
            request = request.resume(position.clone());
        }
        Box::new(Ids(request.items(), |$item: $type| $id)) as Box<dyn List>
    }};
}

impl<B, F> Stream for Ids<spacewright::Items<B>, F>
where
    B: spacewright::paging::PageBody,
    F: Fn(B::Item) -> String + Unpin,
{
    type Item = Result<String, Error>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.0
            .poll_next_unpin(cx)
            .map(|item| item.map(|item| item.map(|item| (self.1)(item))))
    }
}

impl<B, F> List for Ids<spacewright::Items<B>, F>
where
    B: spacewright::paging::PageBody,
    F: Fn(B::Item) -> String + Unpin + Send,
    B::Item: Send,
{
    fn at(&self) -> Position {
        self.0.position()
    }

    fn again(&mut self) {
        self.0.try_again();
    }
}

fn list(style: Style, url: &str, wish: &Wish) -> Box<dyn List> {
    macro_rules! client {
        ($service:ident) => {
            $service::Client::builder(url)
                .retry(Retry::default().attempts(1))
                .limits(wish.limits.clone().unwrap_or_default())
                .build()
                .unwrap()
        };
    }
    match style {
        Style::Offset => {
            ids!(client!(dc).group().list(), wish, group: dc::types::Group => group.name.unwrap_or_default())
        }
        Style::Cursor => {
            ids!(client!(dc).content().scan(), wish, content: dc::types::Content => content.id)
        }
        Style::NextLink | Style::LinkHeader => {
            ids!(client!(cloud).space().list(), wish, space: cloud::types::Space => space.id)
        }
        Style::Token => {
            ids!(client!(onezone).spaces().list_marketplace(MarketplaceQuery::new()), wish, space: onezone::types::MarketplaceEntry => space.space_id)
        }
        Style::Page => {
            ids!(client!(workspaces).workspaces().list(), wish, workspace: workspaces::types::Workspace => workspace.id)
        }
    }
}

/// Takes all that comes up to the end or an error.
async fn drain(list: &mut Box<dyn List>) -> (Vec<String>, Option<Error>) {
    let mut given = Vec::new();
    while let Some(item) = list.next().await {
        match item {
            Ok(id) => given.push(id),
            Err(error) => return (given, Some(error)),
        }
    }
    (given, None)
}

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
        let server = serve(style, &ways);
        for size in [1, 2, 3, 7, 100] {
            for ahead in [0, 1, 8] {
                let case = format!("{style:?}, {name}, {size} a page, {ahead} ahead");
                // A single page under a cap of three shows in nothing.
                let make_sure = style == Style::Offset && size == 100 && ways.cap.is_some();
                let wish = Wish {
                    size,
                    ahead,
                    make_sure,
                    ..Wish::default()
                };
                let (given, error) = drain(&mut list(style, &server.url, &wish)).await;
                assert_eq!(given, ways.expected(), "{case}");
                assert_eq!(
                    error.map(|error| error.kind()),
                    endless.then_some(ErrorKind::NoProgress),
                    "{case}"
                );
                let requests = server.take() as u64;
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
        let server = serve(style, &ways);
        for ahead in [0, 1, 8] {
            let mut list = list(
                style,
                &server.url,
                &Wish {
                    size: 5,
                    ahead,
                    ..Wish::default()
                },
            );
            let (given, error) = drain(&mut list).await;
            assert_eq!(given, ways.expected()[..15], "{style:?}");
            assert_eq!(error.unwrap().kind(), ErrorKind::NoProgress, "{style:?}");
            assert!(list.next().await.is_none());
        }
    }
}

/// Rows that a request can change.
type Rows = Arc<Mutex<Vec<u64>>>;

/// A `start`/`limit` list that `change` alters before each request, of which it gets the number.
fn moving(change: fn(&mut Vec<u64>, u64)) -> (Server, Rows) {
    let rows: Rows = Arc::new(Mutex::new((0..300).collect()));
    let (shared, requests) = (rows.clone(), AtomicU64::new(0));
    let server = Server::start(Duration::from_millis(1), move |asked| {
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
                let (server, rows) = moving(change);
                let wish = Wish {
                    size,
                    ahead,
                    ..Wish::default()
                };
                let (given, error) = drain(&mut list(Style::Offset, &server.url, &wish)).await;
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

#[tokio::test]
async fn a_server_that_always_answers_page_one_does_not_hold_a_walk() {
    let ways = Ways {
        rows: 23,
        deaf: true,
        ..Ways::default()
    };
    for style in STYLES {
        let server = serve(style, &ways);
        for (size, ahead) in [(1, 0), (1, 8), (5, 0), (5, 8)] {
            let wish = Wish {
                size,
                ahead,
                ..Wish::default()
            };
            let (given, error) = drain(&mut list(style, &server.url, &wish)).await;
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
        let server = serve(style, &Ways::default());
        for size in [0, -1, i64::from(i32::MIN)] {
            let wish = Wish {
                size,
                ..Wish::default()
            };
            let (given, error) = drain(&mut list(style, &server.url, &wish)).await;
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
    let server = serve(Style::Offset, &ways);
    let wish = Wish {
        size: i64::from(i32::MAX),
        ahead: 8,
        ..Wish::default()
    };
    let (given, error) = drain(&mut list(Style::Offset, &server.url, &wish)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(given, ways.expected());
}

#[tokio::test]
async fn an_empty_next_link_is_the_end() {
    let server = Server::start(Duration::ZERO, |_| {
        Reply {
        status: 200,
        link: None,
        body: json!({ "results": [item(Style::Offset, 1)], "start": 0, "limit": 25, "_links": { "next": "" } })
            .to_string(),
    }
    });
    let wish = Wish {
        size: 25,
        ..Wish::default()
    };
    let (given, error) = drain(&mut list(Style::Offset, &server.url, &wish)).await;
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
    let server = serve(Style::Offset, &ways);
    let (given, _) = drain(&mut list(
        Style::Offset,
        &server.url,
        &Wish {
            size: 200,
            ..Wish::default()
        },
    ))
    .await;
    assert_eq!(given, ways.expected());
    assert_eq!(server.take(), 2);
}

/// A server of which the request with this number fails.
fn failing(style: Style, rows: u64, fails: u64) -> Server {
    let ways = Ways {
        rows,
        ..Ways::default()
    };
    let count = AtomicU64::new(0);
    Server::start(Duration::ZERO, move |asked| {
        if count.fetch_add(1, Ordering::SeqCst) == fails {
            return Reply {
                status: 400,
                link: None,
                body: "{}".to_owned(),
            };
        }
        page(style, &ways, asked)
    })
}

#[tokio::test]
async fn a_page_that_failed_is_tried_again_without_loss() {
    for style in STYLES {
        for ahead in [0, 1, 8] {
            let server = failing(style, 40, 3);
            let mut list = list(
                style,
                &server.url,
                &Wish {
                    size: 5,
                    ahead,
                    ..Wish::default()
                },
            );
            let (mut given, error) = drain(&mut list).await;
            assert_eq!(error.unwrap().kind(), ErrorKind::BadRequest);
            assert!(!given.is_empty() && given.len() < 40);
            assert_eq!(
                given,
                Ways {
                    rows: given.len() as u64,
                    ..Ways::default()
                }
                .expected(),
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
                Ways {
                    rows: 40,
                    ..Ways::default()
                }
                .expected(),
                "{style:?}, {ahead} ahead"
            );
        }
    }
}

#[tokio::test]
async fn a_position_goes_on_anywhere() {
    let ways = Ways {
        rows: 23,
        hidden: vec![6..8],
        ..Ways::default()
    };
    for style in STYLES {
        let server = serve(style, &ways);
        for stop in 0..=ways.expected().len() {
            for ahead in [0, 8] {
                let wish = Wish {
                    size: 5,
                    ahead,
                    ..Wish::default()
                };
                let mut first = list(style, &server.url, &wish);
                let mut given: Vec<String> = first.by_ref().take(stop).try_collect().await.unwrap();
                let saved = serde_json::to_string(&first.at()).unwrap();
                drop(first);
                let resume = Some(serde_json::from_str(&saved).unwrap());
                let (rest, error) =
                    drain(&mut list(style, &server.url, &Wish { resume, ..wish })).await;
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
        let server = serve(
            style,
            &Ways {
                rows: 4,
                ..Ways::default()
            },
        );
        let mut all = list(
            style,
            &server.url,
            &Wish {
                size: 5,
                ..Wish::default()
            },
        );
        drain(&mut all).await;
        let resume = Some(all.at());
        server.take();
        let (given, error) = drain(&mut list(
            style,
            &server.url,
            &Wish {
                size: 5,
                resume,
                ..Wish::default()
            },
        ))
        .await;
        assert!(given.is_empty() && error.is_none() && server.take() == 0);
    }
}

#[tokio::test]
async fn a_position_of_another_list_is_refused() {
    let server = serve(
        Style::Offset,
        &Ways {
            rows: 4,
            ..Ways::default()
        },
    );
    let mut groups = list(
        Style::Offset,
        &server.url,
        &Wish {
            size: 2,
            ..Wish::default()
        },
    );
    groups.next().await.unwrap().unwrap();
    let resume = Some(groups.at());
    let (_, error) = drain(&mut list(
        Style::Cursor,
        &server.url,
        &Wish {
            size: 2,
            resume,
            ..Wish::default()
        },
    ))
    .await;
    assert!(error.unwrap().is_invalid_input());
}

#[tokio::test]
async fn a_forged_position_is_an_error_or_a_place() {
    let server = serve(
        Style::Offset,
        &Ways {
            rows: 4,
            ..Ways::default()
        },
    );
    let wish = |resume| Wish {
        size: 2,
        ahead: 8,
        resume: Some(resume),
        ..Wish::default()
    };
    let first = list(
        Style::Offset,
        &server.url,
        &Wish {
            size: 2,
            ..Wish::default()
        },
    );
    let operation = serde_json::to_value(first.at()).unwrap()["operation"].clone();
    let reach = json!({ "proven": u64::MAX, "possible": u64::MAX, "told": true, "honest_next": true, "jumped": true });
    let places = [
        json!({ "page": { "page": 3, "seen": [] } }),
        json!({ "cursor": { "cursor": "x", "seen": [] } }),
        json!({ "offset": { "start": u64::MAX, "anchored": true, "tail": 0, "reach": reach, "seen": [] } }),
        json!({ "offset": { "start": 1, "anchored": true, "tail": u64::MAX, "reach": reach, "seen": [u64::MAX] } }),
    ];
    for (at, fits) in places.into_iter().zip([false, false, true, true]) {
        let resume = serde_json::from_value(json!({ "operation": operation, "at": at })).unwrap();
        let (_, error) = drain(&mut list(Style::Offset, &server.url, &wish(resume))).await;
        let refused = error.is_some_and(|error| error.is_invalid_input());
        assert_eq!(refused, !fits, "{at}");
    }
    for unreadable in [
        json!({ "offset": { "start": -1, "anchored": true, "tail": null, "reach": reach, "seen": [] } }),
        json!({ "offset": { "start": 1 } }),
        json!("nowhere"),
        json!(null),
    ] {
        let position = json!({ "operation": operation, "at": unreadable });
        assert!(serde_json::from_value::<Position>(position).is_err());
    }
}

#[tokio::test]
async fn what_a_bound_left_is_gone_on_with() {
    let ways = Ways {
        rows: 23,
        ..Ways::default()
    };
    for style in STYLES {
        let server = serve(style, &ways);
        for (max_items, max_pages) in [
            (Some(1), None),
            (Some(4), None),
            (Some(5), None),
            (None, Some(1)),
            (None, Some(2)),
        ] {
            for ahead in [0, 8] {
                let mut wish = Wish {
                    size: 5,
                    ahead,
                    max_items,
                    max_pages,
                    ..Wish::default()
                };
                let mut given = Vec::new();
                for _ in 0..30 {
                    let mut some = list(style, &server.url, &wish);
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
        let server = serve(
            style,
            &Ways {
                rows: 1000,
                ..Ways::default()
            },
        );
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
                    size: 10,
                    ahead,
                    max_items,
                    max_pages,
                    ..Wish::default()
                };
                let (given, error) = drain(&mut list(style, &server.url, &wish)).await;
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
async fn numbers_travel_together_and_cursors_one_ahead() {
    for (style, at_least, at_most) in [
        (Style::Offset, 4, 8),
        (Style::Page, 4, 8),
        (Style::Cursor, 1, 1),
        (Style::Token, 1, 1),
    ] {
        let ways = Ways {
            rows: 400,
            ..Ways::default()
        };
        let expected = ways.expected();
        let server = Server::start(Duration::from_millis(5), move |asked| {
            page(style, &ways, asked)
        });
        let (given, _) = drain(&mut list(
            style,
            &server.url,
            &Wish {
                size: 10,
                ahead: 8,
                ..Wish::default()
            },
        ))
        .await;
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
    let ways = Ways {
        rows: 60,
        ..Ways::default()
    };
    let server = Server::start(Duration::from_millis(1), move |asked| {
        page(Style::Offset, &ways, asked)
    });
    let wiki = dc::Client::builder(&server.url)
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
    let release = Arc::new(tokio::sync::Semaphore::new(0));
    let gate = release.clone();
    let server = Server::start(Duration::from_millis(2), move |asked| {
        gate.add_permits(1);
        page(
            Style::Offset,
            &Ways {
                rows: 100_000,
                ..Ways::default()
            },
            asked,
        )
    });
    let mut groups = list(
        Style::Offset,
        &server.url,
        &Wish {
            size: 10,
            ahead: 8,
            ..Wish::default()
        },
    );
    for _ in 0..25 {
        groups.next().await.unwrap().unwrap();
    }
    drop(groups);
    // What had arrived when it was dropped is answered; a request of our own comes after all of it.
    let _ = release.acquire_many(3).await.unwrap();
    let last: BoxFuture<'_, _> = Box::pin(async {
        list(
            Style::Offset,
            &server.url,
            &Wish {
                size: 10,
                max_items: Some(1),
                ..Wish::default()
            },
        )
        .next()
        .await
    });
    last.await.unwrap().unwrap();
    assert!(server.take() <= 3 + 8 + 1 + 1);
}

#[tokio::test]
async fn pages_and_items_agree() {
    let ways = Ways {
        rows: 23,
        hidden: vec![5..12],
        ..Ways::default()
    };
    let server = serve(Style::Offset, &ways);
    let wiki = dc::Client::builder(&server.url).build().unwrap();
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
