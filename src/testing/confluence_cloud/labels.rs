//! Labels, in v2.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::call::Call;
use super::contents::Content;
use super::kinds::Kind;
use super::lists;
use super::problem::Outcome;
use super::state::State;

/// The id of a label: here, what its name comes to.
pub(super) fn id_of(name: &str) -> String {
    let number = name.bytes().fold(7_u64, |sum, byte| {
        (sum * 31 + u64::from(byte)) % 900_000_007
    });
    (100_000_000 + number).to_string()
}

pub(super) fn shown(name: &str) -> Value {
    json!({ "id": id_of(name), "name": name, "prefix": "global" })
}

/// Answers those labels that pass the filters of the query.
fn answer<'s>(state: &State, call: &Call<'_>, names: impl Iterator<Item = &'s String>) -> Outcome {
    let names: BTreeSet<&String> = names.collect();
    let ids = call.query_all("label-id");
    let global = call.query("prefix").is_none_or(|prefix| prefix == "global");
    let wanted = |name: &&String| {
        global
            && ids
                .as_ref()
                .is_none_or(|ids| ids.contains(&id_of(name).as_str()))
    };
    let rows: Vec<&String> = names.into_iter().filter(wanted).collect();
    lists::by_cursor(state, call, &rows, |_| true, |name| shown(name))
}

pub(super) fn of_content(state: &State, call: &Call<'_>, kind: Kind, id: &str) -> Outcome {
    let content = state.content(kind, id, &call.caller)?;
    answer(state, call, content.labels.iter())
}

/// The labels of all content that the caller sees.
pub(super) fn of_site(state: &State, call: &Call<'_>) -> Outcome {
    labels_where(state, call, |_| true)
}

/// The labels of the content of a space.
pub(super) fn of_space_content(state: &State, call: &Call<'_>, id: &str) -> Outcome {
    state.space(id, &call.caller)?;
    labels_where(state, call, |content| {
        state.space_of(content).is_some_and(|space| space.id == id)
    })
}

fn labels_where(state: &State, call: &Call<'_>, wanted: impl Fn(&Content) -> bool) -> Outcome {
    let seen = state
        .contents
        .values()
        .filter(|content| wanted(content) && state.sees(&call.caller, content));
    answer(state, call, seen.flat_map(|content| &content.labels))
}
