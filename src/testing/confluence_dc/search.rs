//! Search by the simplest CQL: `field = value`, joined by `and`.

use serde_json::{Value, json};

use super::call::Call;
use super::list::list;
use super::problem::{Outcome, Problem};
use super::render;
use super::seed::Content;
use super::state::State;
use crate::testing::pages::Limits;

/// The routes of search; `None` for CQL that is not simulated.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    let excerpts = match (method, path.as_slice()) {
        ("GET", ["content", "search"]) => false,
        ("GET", ["search"]) => true,
        _ => return None,
    };
    let Some(cql) = call.query("cql").filter(|cql| !cql.trim().is_empty()) else {
        return Some(Err(Problem::bad_request(
            "The query parameter 'cql' is required",
        )));
    };
    Some(search(state, call, &conditions(cql)?, excerpts))
}

/// A field and the value that it must have.
type Condition = (String, String);

/// The conditions of a query; `None` when it says more than this server reads.
fn conditions(cql: &str) -> Option<Vec<Condition>> {
    let (mut rest, mut conditions) = (cql.trim(), Vec::new());
    loop {
        let (field, after) = rest.split_once('=')?;
        let field = field.trim().to_ascii_lowercase();
        let known = matches!(
            field.as_str(),
            "type" | "space" | "space.key" | "title" | "label" | "id" | "creator"
        );
        let (value, after) = value(after.trim_start())?;
        if !known {
            return None;
        }
        conditions.push((field, value));
        rest = after.trim();
        if rest.is_empty() {
            return Some(conditions);
        }
        rest = rest
            .get(..4)
            .filter(|word| word.eq_ignore_ascii_case("and "))
            .and_then(|_| rest.get(4..))?;
    }
}

/// A value, in quotes or a single word, and what comes after it.
fn value(text: &str) -> Option<(String, &str)> {
    if let Some(quote) = text
        .chars()
        .next()
        .filter(|first| matches!(first, '"' | '\''))
    {
        let (value, after) = text.get(1..)?.split_once(quote)?;
        return Some((value.to_owned(), after));
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    (!word.is_empty() && !word.contains(['(', ')', '~', ','])).then(|| (word.to_owned(), after))
}

fn fits(content: &Content, (field, value): &Condition) -> bool {
    match field.as_str() {
        "type" => content.kind == *value,
        "title" => content.title == *value,
        "label" => content.labels.contains(value),
        "id" => content.id.to_string() == *value,
        "creator" => content.creator == *value,
        _ => content.space == *value,
    }
}

/// How many rows a page may have depends on what is expanded.
fn limits(call: &Call<'_>) -> Limits {
    let most = match call.expand() {
        expand if expand.has("body") || expand.has("content.body") => 50,
        _ if call.query("expand").is_some_and(|names| !names.is_empty()) => 200,
        _ => 1000,
    };
    Limits { default: 25, most }
}

fn search(state: &State, call: &Call<'_>, conditions: &[Condition], excerpts: bool) -> Outcome {
    let found = |content: &&Content| {
        content.status == "current" && conditions.iter().all(|condition| fits(content, condition))
    };
    let contents: Vec<&Content> = state.contents.values().filter(found).collect();
    let expand = if excerpts {
        call.expand().below("content")
    } else {
        call.expand()
    };
    let visible = |content: &&Content| state.sees(&call.caller, content);
    let row = |content: &&Content| -> Value {
        let rendered = render::content(state, content, &expand);
        if !excerpts {
            return rendered;
        }
        json!({
            "content": rendered,
            "title": content.title,
            "excerpt": "",
            "url": format!("/pages/viewpage.action?pageId={}", content.id),
            "entityType": "content",
            "lastModified": state.clock.write(content.changed),
        })
    };
    list(state, call, &contents, visible, limits(call), row)
}

#[cfg(test)]
mod tests {
    use super::conditions;

    #[test]
    fn only_the_simplest_queries_are_read() {
        let read =
            conditions("space = TEST and title = \"A = b\" AND type=page").unwrap_or_default();
        let expected = [("space", "TEST"), ("title", "A = b"), ("type", "page")];
        assert_eq!(
            read,
            expected.map(|(field, value)| (field.to_owned(), value.to_owned()))
        );
        for more in [
            "text ~ x",
            "space in (A)",
            "space = A or type = page",
            "space = A order by id",
            "a = b",
            "space !=",
        ] {
            assert_eq!(conditions(more), None, "{more}");
        }
    }
}
