//! Calls of webhooks: each is made up and counted when something happens, but goes nowhere.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::call::{Call, Caller};
use super::clock::Moment;
use super::journal::Change;
use super::problem::{Outcome, Problem};
use super::state::State;
use super::webhooks;
use crate::testing::server::Answer;

/// What a webhook's URL does when it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Receiver {
    /// It answers with this status.
    Answers(u16),
    /// Nobody is there.
    Unreachable,
}

impl Receiver {
    /// How a call ends, and what is said of it.
    fn result(self) -> (&'static str, String) {
        match self {
            Self::Answers(status @ 200..=299) => ("SUCCESS", status.to_string()),
            Self::Answers(status) => ("FAILURE", status.to_string()),
            Self::Unreachable => ("ERROR", "Connection refused".to_owned()),
        }
    }
}

/// The calls of a webhook: for each event and outcome how many there were, and the last one.
pub(super) type Calls = BTreeMap<(String, &'static str), (u64, Made)>;

/// A call that was made.
#[derive(Debug, Clone)]
pub(super) struct Made {
    number: u64,
    when: Moment,
    url: String,
    body: String,
    description: String,
}

/// The routes of calls.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("POST", ["webhooks", "test"]) => test(state, call),
        ("GET", ["webhooks", id, "latest"]) => latest(state, call, id),
        ("GET", ["webhooks", id, "statistics"]) => of_webhook(state, call, id, call.query("event")),
        ("GET", ["webhooks", id, "statistics", "summary"]) => of_webhook(state, call, id, None),
        _ => return None,
    })
}

/// Calls the webhooks that wait for a change.
pub(super) fn call_all(state: &mut State, by: &Caller, when: Moment, change: &Change) {
    let user = by.name().and_then(|name| state.users.get(name));
    let user = user.map(|user| user.key.clone());
    let timestamp = state.clock.time(when).timestamp_millis();
    for (event, about) in &change.events {
        let mut body = json!({ "timestamp": timestamp, "event": event, "userKey": user });
        if let (Some(body), Some(about)) = (body.as_object_mut(), about.as_object()) {
            body.extend(about.clone());
        }
        let body = body.to_string();
        for (id, url) in waiting(state, event) {
            let number = state.next_id();
            let (outcome, description) = receiver(state, &url).result();
            let made = Made {
                number,
                when,
                url,
                body: body.clone(),
                description,
            };
            let calls = state.webhook_calls.entry(id).or_default();
            let count = calls
                .remove(&(event.clone(), outcome))
                .map_or(0, |(count, _)| count);
            calls.insert((event.clone(), outcome), (count + 1, made));
        }
    }
}

/// The webhooks that are called for an event, and their URLs.
fn waiting(state: &State, event: &str) -> Vec<(u64, String)> {
    let waits = |webhook: &Value| {
        let events = webhook.get("events").and_then(Value::as_array);
        let named = events.is_some_and(|events| events.iter().any(|one| one == event));
        named && webhook.get("active") == Some(&Value::Bool(true))
    };
    let url = |webhook: &Value| webhook.get("url")?.as_str().map(str::to_owned);
    let webhooks = state.webhooks.iter().filter(|(_, one)| waits(one));
    webhooks
        .filter_map(|(id, one)| Some((*id, url(one)?)))
        .collect()
}

/// What a URL does: it answers well unless it was told otherwise.
fn receiver(state: &State, url: &str) -> Receiver {
    let told = state.receivers.get(url).copied();
    told.unwrap_or(Receiver::Answers(200))
}

fn request(url: &str, event: &str, body: &str) -> Value {
    json!({
        "method": "POST",
        "url": url,
        "headers": { "Content-Type": "application/json; charset=utf-8", "X-Event-Key": event },
        "body": body,
    })
}

fn test(state: &State, call: &Call<'_>) -> Outcome {
    state.need_admin(&call.caller)?;
    let url = call.required("url")?;
    webhooks::check_url(url)?;
    let (outcome, description) = receiver(state, url).result();
    let answer = json!({
        "request": request(url, "diagnostics:ping", &json!({ "test": true }).to_string()),
        "result": { "outcome": outcome, "description": description },
    });
    Ok(Answer::json(200, &answer))
}

/// The calls of a webhook, none if there were none.
fn calls(state: &State, id: u64) -> impl Iterator<Item = (&str, &'static str, u64, &Made)> {
    let calls = state.webhook_calls.get(&id).into_iter().flatten();
    calls.map(|((event, outcome), (count, made))| (event.as_str(), *outcome, *count, made))
}

fn latest(state: &State, call: &Call<'_>, id: &str) -> Outcome {
    state.need_admin(&call.caller)?;
    let id = webhooks::find(state, id)?;
    let listed = call.query_all("outcomes");
    let listed = listed.iter().flat_map(|list| list.split(','));
    let outcomes: Vec<&str> = call
        .query_all("outcome")
        .into_iter()
        .chain(listed)
        .collect();
    let fits = |event: &str, outcome: &str| {
        call.query("event").is_none_or(|wanted| wanted == event)
            && (outcomes.is_empty() || outcomes.contains(&outcome))
    };
    calls(state, id)
        .filter(|(event, outcome, ..)| fits(event, outcome))
        .max_by_key(|(.., made)| made.number)
        .map(|(event, outcome, _, made)| Answer::json(200, &made.render(state, event, outcome)))
        .ok_or_else(|| Problem::not_found(format!("The webhook {id} was not called")))
}

impl Made {
    fn render(&self, state: &State, event: &str, outcome: &str) -> Value {
        let when = state.clock.write(self.when);
        json!({
            "id": self.number.to_string(),
            "event": { "id": event, "i18nKey": format!("webhooks.event.{event}") },
            "eventScope": { "type": "global" },
            "start": when,
            "finish": when,
            "duration": { "seconds": 0, "nano": 0, "zero": true, "negative": false },
            "request": request(&self.url, event, &self.body),
            "result": { "outcome": outcome, "description": self.description },
        })
    }
}

fn of_webhook(state: &State, call: &Call<'_>, id: &str, event: Option<&str>) -> Outcome {
    state.need_admin(&call.caller)?;
    let id = webhooks::find(state, id)?;
    Ok(Answer::json(200, &statistics(state, id, event)))
}

/// How the calls of a webhook ended, for one event or for all, and the last one of each kind.
pub(super) fn statistics(state: &State, id: u64, event: Option<&str>) -> Value {
    let mut counts = Map::new();
    let mut statistics = Map::new();
    for (outcome, counted, last) in [
        ("ERROR", "errors", "lastError"),
        ("FAILURE", "failures", "lastFailure"),
        ("SUCCESS", "successes", "lastSuccess"),
    ] {
        let ended = || {
            calls(state, id).filter(move |(of, ended, ..)| {
                *ended == outcome && event.is_none_or(|wanted| wanted == *of)
            })
        };
        let count: u64 = ended().map(|(_, _, count, _)| count).sum();
        counts.insert(counted.to_owned(), json!(count));
        if let Some((event, _, _, made)) = ended().max_by_key(|(.., made)| made.number) {
            statistics.insert(last.to_owned(), made.render(state, event, outcome));
        }
    }
    statistics.insert("counts".to_owned(), Value::Object(counts));
    Value::Object(statistics)
}
