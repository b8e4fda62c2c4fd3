//! The audit log: who changed what, the latest first.

use serde_json::{Value, json};

use super::call::Call;
use super::journal::{Named, Record};
use super::list::list;
use super::problem::Outcome;
use super::state::State;
use crate::testing::pages::Limits;

/// The limits of the log.
const LIMITS: Limits = Limits {
    default: 1000,
    most: 1000,
};

/// The route of the audit log.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    match (method, path.as_slice()) {
        ("GET", ["audit"]) => Some(records(state, call)),
        _ => None,
    }
}

fn records(state: &State, call: &Call<'_>) -> Outcome {
    state.need_admin(&call.caller)?;
    let (from, until) = (call.number("startDate")?, call.number("endDate")?);
    let words = call.query("searchString").map(str::to_lowercase);
    let fits = |record: &&Record| {
        let time = usize::try_from(time(state, record)).unwrap_or_default();
        from.is_none_or(|from| time >= from)
            && until.is_none_or(|until| time <= until)
            && words.as_ref().is_none_or(|words| speaks_of(record, words))
    };
    let found: Vec<&Record> = state.journal.iter().rev().filter(fits).collect();
    list(
        state,
        call,
        &found,
        |_| true,
        LIMITS,
        |record| render(state, record),
    )
}

/// When a change was made, in milliseconds.
fn time(state: &State, record: &Record) -> i64 {
    state.clock.time(record.when).timestamp_millis()
}

fn speaks_of(record: &Record, words: &str) -> bool {
    let entry = &record.entry;
    let by = record.by.name().unwrap_or_default();
    [
        entry.summary.as_str(),
        entry.category,
        &entry.object.name,
        by,
    ]
    .iter()
    .any(|text| text.to_lowercase().contains(words))
}

/// A record, as servers write it that have their log here.
pub(super) fn render(state: &State, record: &Record) -> Value {
    let named = |one: &Named| json!({ "name": one.name, "objectType": one.kind });
    let author = match record.by.name() {
        Some(name) => state.users.get(name).map_or_else(
            || json!({ "type": "user", "username": name, "displayName": name }),
            |user| {
                json!({
                    "type": "user", "username": user.name, "userKey": user.key,
                    "displayName": user.full_name,
                })
            },
        ),
        None => json!({ "type": "user", "displayName": "Anonymous" }),
    };
    json!({
        "author": author,
        "remoteAddress": "127.0.0.1",
        "creationDate": time(state, record),
        "summary": record.entry.summary,
        "description": "",
        "category": record.entry.category,
        "sysAdmin": state.is_superuser(&record.by),
        "affectedObject": named(&record.entry.object),
        "changedValues": [],
        "associatedObjects": record.entry.others.iter().map(named).collect::<Value>(),
    })
}
