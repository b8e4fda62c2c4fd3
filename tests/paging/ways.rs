//! The styles of lists, the ways in which they misbehave, and a server for each.

use std::ops::Range;

use serde_json::{Value, json};

use super::list_server::{Asked, ListServer, Reply};

/// The styles, each as a list of one of the services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
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

pub const STYLES: [Style; 6] = [
    Style::Offset,
    Style::Cursor,
    Style::NextLink,
    Style::LinkHeader,
    Style::Token,
    Style::Page,
];

/// How the list misbehaves.
#[derive(Clone, Debug, Default)]
pub struct Ways {
    pub rows: u64,
    pub cap: Option<u64>,
    /// Whether `limit` shows what was asked for in spite of the cap, and whether `next` jumps by it.
    pub wrong_echo: bool,
    pub wrong_next: bool,
    pub hidden: Vec<Range<u64>>,
    /// Pages past the end that are announced.
    pub past_end: u64,
    pub rows_past_end: bool,
    /// From here on every page names the same next one.
    pub repeat_from: Option<u64>,
    pub no_size: bool,
    /// Whether every request is answered with the first page.
    pub deaf: bool,
    /// What stands before the path in links.
    pub link: &'static str,
}

impl Ways {
    /// A list of so many rows with nothing wrong.
    pub fn plain(rows: u64) -> Self {
        Self {
            rows,
            ..Self::default()
        }
    }

    fn sees(&self, row: u64) -> bool {
        !self.hidden.iter().any(|range| range.contains(&row))
    }

    pub fn expected(&self) -> Vec<String> {
        (0..self.rows)
            .filter(|row| self.sees(*row))
            .map(|row| row.to_string())
            .collect()
    }
}

pub fn item(style: Style, row: u64) -> Value {
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
pub fn page(style: Style, ways: &Ways, asked: &Asked<'_>) -> Reply {
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

pub async fn serve(style: Style, ways: &Ways) -> ListServer {
    let ways = ways.clone();
    ListServer::start(move |asked| page(style, &ways, asked)).await
}
