//! Webhooks: where something is to be called, and for what.

use serde_json::{Map, Value, json};

use super::call::{Call, text};
use super::journal::{self, Change};
use super::list::list;
use super::problem::{Outcome, Problem};
use super::state::State;
use super::webhook_calls;
use crate::confluence_dc::types::WebhookEvent;
use crate::testing::pages::Limits;
use crate::testing::server::Answer;

/// The limits of the list of webhooks.
const LIMITS: Limits = Limits {
    default: 100,
    most: 200,
};

/// The routes of webhooks.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("GET", ["webhooks"]) => all(state, call),
        ("POST", ["webhooks"]) => create(state, call),
        ("GET", ["webhooks", id]) => get(state, call, id),
        ("PUT", ["webhooks", id]) => update(state, call, id),
        ("DELETE", ["webhooks", id]) => delete(state, call, id),
        _ => return None,
    })
}

fn all(state: &State, call: &Call<'_>) -> Outcome {
    state.need_admin(&call.caller)?;
    let events = call.query_all("event");
    let fits = |webhook: &&Value| {
        let own = webhook
            .get("events")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        events.is_empty()
            || own
                .iter()
                .filter_map(Value::as_str)
                .any(|event| events.contains(&event))
    };
    let webhooks: Vec<&Value> = state.webhooks.values().filter(fits).collect();
    list(
        state,
        call,
        &webhooks,
        |_| true,
        LIMITS,
        |webhook| render(state, call, webhook),
    )
}

/// A webhook, with the figures of its calls when they are asked for.
fn render(state: &State, call: &Call<'_>, webhook: &Value) -> Value {
    let mut webhook = webhook.clone();
    let id = webhook.get("id").and_then(Value::as_u64);
    if let (Some(id), Some("true")) = (id, call.query("statistics")) {
        webhook["statistics"] = webhook_calls::statistics(state, id, None);
    }
    webhook
}

pub(super) fn find(state: &State, id: &str) -> Result<u64, Problem> {
    let found = id.parse().ok().filter(|id| state.webhooks.contains_key(id));
    found.ok_or_else(|| Problem::not_found(format!("No webhook found with id: {id}")))
}

fn get(state: &State, call: &Call<'_>, id: &str) -> Outcome {
    state.need_admin(&call.caller)?;
    let id = find(state, id)?;
    let webhook = state.webhooks.get(&id).unwrap_or(&Value::Null);
    Ok(Answer::json(200, &render(state, call, webhook)))
}

fn create(state: &mut State, call: &Call<'_>) -> Outcome {
    state.need_admin(&call.caller)?;
    let body = read(call)?;
    let id = state.next_id();
    let webhook = made(state, id, None, &body);
    note(state, call, "Webhook created", &webhook);
    let answer = Answer::json(201, &webhook)
        .header("location", state.link(&format!("/rest/api/webhooks/{id}")));
    state.webhooks.insert(id, webhook);
    Ok(answer)
}

fn update(state: &mut State, call: &Call<'_>, id: &str) -> Outcome {
    state.need_admin(&call.caller)?;
    let id = find(state, id)?;
    let created = state
        .webhooks
        .get(&id)
        .and_then(|webhook| webhook.get("createdDate"))
        .cloned();
    let webhook = made(state, id, created, &read(call)?);
    note(state, call, "Webhook updated", &webhook);
    let answer = Answer::json(200, &webhook);
    state.webhooks.insert(id, webhook);
    Ok(answer)
}

/// The body of a request, when a webhook can be made of it.
fn read(call: &Call<'_>) -> Result<Map<String, Value>, Problem> {
    let body = call.object()?;
    if text(&body, "name").unwrap_or_default().is_empty() {
        return Err(Problem::bad_request("A webhook needs a name"));
    }
    check_url(text(&body, "url").unwrap_or_default())?;
    let known = |event: &Value| {
        event
            .as_str()
            .is_some_and(|event| WebhookEvent::KNOWN.contains(&event))
    };
    match body.get("events") {
        None | Some(Value::Null) => Ok(body),
        Some(Value::Array(events)) if events.iter().all(known) => Ok(body),
        Some(_) => Err(Problem::bad_request(
            "The events of a webhook must be a list of those there are",
        )),
    }
}

/// The webhook that a body describes; its secrets are kept to the server.
fn made(state: &mut State, id: u64, created: Option<Value>, body: &Map<String, Value>) -> Value {
    let moment = state.clock.tick();
    let now = json!(state.clock.write(moment));
    let flag = |name| body.get(name).and_then(Value::as_bool).unwrap_or(true);
    let part = |object: &str, name: &str| body.get(object)?.get(name)?.as_str();
    let login = part("credentials", "username");
    let events = body.get("events").filter(|events| events.is_array());
    json!({
        "id": id,
        "name": text(body, "name"),
        "url": text(body, "url"),
        "events": events.cloned().unwrap_or_else(|| json!([])),
        "active": flag("active"),
        "sslVerificationRequired": flag("sslVerificationRequired"),
        "scopeType": text(body, "scopeType").unwrap_or("global"),
        "configuration": { "createdBy": part("configuration", "createdBy") },
        "credentials": login.map(|name| json!({ "username": name })),
        "createdDate": created.unwrap_or_else(|| now.clone()),
        "updatedDate": now,
    })
}

/// Adds a webhook that waits for these events.
pub(super) fn add(state: &mut State, url: &str, events: &[&str]) {
    let id = state.next_id();
    let mut body = Map::new();
    body.insert("name".to_owned(), json!(format!("Webhook {id}")));
    body.insert("url".to_owned(), json!(url));
    body.insert("events".to_owned(), json!(events));
    let webhook = made(state, id, None, &body);
    state.webhooks.insert(id, webhook);
}

/// Whether a text is a URL that can be called.
pub(super) fn check_url(url: &str) -> Result<(), Problem> {
    match url::Url::parse(url) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(()),
        _ => Err(Problem::bad_request(format!("'{url}' is no URL to call"))),
    }
}

fn note(state: &mut State, call: &Call<'_>, summary: &str, webhook: &Value) {
    let name = webhook.get("name").and_then(Value::as_str);
    let name = name.unwrap_or_default();
    let change = Change::of("Webhooks", summary, "Webhook", name);
    journal::note(state, &call.caller, change);
}

fn delete(state: &mut State, call: &Call<'_>, id: &str) -> Outcome {
    state.need_admin(&call.caller)?;
    let id = find(state, id)?;
    state.webhook_calls.remove(&id);
    if let Some(webhook) = state.webhooks.remove(&id) {
        note(state, call, "Webhook deleted", &webhook);
    }
    Ok(Answer::empty(204))
}
