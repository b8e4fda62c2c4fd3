//! The marketplace, where users find spaces and ask for membership.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::call::Call;
use super::failure::{
    Failure, Outcome, already_member, bad, bad_value, forbidden, forbidden_with_hint, not_found,
    not_in_range,
};
use super::home::{Home, Kind};
use super::names::check_email;
use super::privileges::{SPACE_MEMBER, set};
use super::routes::done;
use super::seed::Space;
use super::state::State;
use super::zone::tags;
use crate::testing::pages::{self, Asked, Limits, Page, Paging};
use crate::testing::server::Answer;

/// After so many seconds a pending request may be repeated.
const WEEK: i64 = 7 * 86_400;

/// After so many seconds a request that was rejected may be made anew.
const MONTH: i64 = 30 * 86_400;

/// So many requests of one user can be pending.
const MOST_PENDING: usize = 1000;

/// The characters of a message to those who decide.
const LONGEST_MESSAGE: usize = 2000;

/// Spaces on a page.
const LIMITS: Limits = Limits {
    default: 1000,
    most: 1000,
};

/// A request for membership in an advertised space.
#[derive(Debug, Clone)]
pub(super) struct MembershipRequest {
    pub(super) id: String,
    pub(super) space: String,
    pub(super) user: String,
    pub(super) email: String,
    pub(super) rejected: bool,
    pub(super) last_activity: i64,
}

impl MembershipRequest {
    pub(super) fn json(&self) -> Value {
        json!({ "requestId": self.id, "contactEmail": self.email, "lastActivity": self.last_activity })
    }
}

pub(super) fn route(
    state: &mut State,
    call: &Call,
    path: &[&str],
    paging: &Paging<'_>,
) -> Option<Outcome> {
    if let Err(failure) = call.user() {
        return Some(Err(failure));
    }
    Some(match (call.method.as_str(), path) {
        ("POST", ["list"]) => list(state, call, paging),
        ("GET", [id]) => get(state, id),
        ("POST", [id, "request"]) => request(state, call, id),
        ("GET", [id, "request", request, "requester_info"]) => requester(state, call, id, request),
        ("POST", [id, "request", request, "resolve"]) => resolve(state, call, id, request),
        _ => return None,
    })
}

fn list(state: &State, call: &Call, paging: &Paging<'_>) -> Outcome {
    let wanted = call.list("tags", &tags())?;
    let mut rows: Vec<(String, &Space)> = state
        .spaces
        .values()
        .filter(|space| space.advertised_in_marketplace)
        .filter(|space| {
            wanted
                .as_ref()
                .is_none_or(|wanted| wanted.iter().any(|tag| space.tags.contains(tag)))
        })
        .map(|space| (space.index(), space))
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let asked = Asked {
        start: start(call, &rows)?,
        limit: limit(call)?,
    };
    let page = pages::cut(&rows, |_| true, asked, LIMITS, paging);
    let spaces: Vec<Value> = page
        .rows
        .iter()
        .map(|(index, space)| json!({ "spaceId": space.id, "index": index }))
        .collect();
    let next = next_start(&page).map(|start| page_token(start, &rows));
    Ok(Answer::json(
        200,
        &json!({ "spaces": spaces, "isLast": next.is_none(), "nextPageToken": next }),
    ))
}

fn limit(call: &Call) -> Result<Option<usize>, Failure> {
    let Some(limit) = call.integer("limit")? else {
        return Ok(None);
    };
    match usize::try_from(limit) {
        Ok(limit) if (1..=LIMITS.most).contains(&limit) => Ok(Some(limit)),
        _ => Err(not_in_range("limit", 1, 1000)),
    }
}

/// Where the page begins: by the token of the page before, or by an index; then shifted.
fn start(call: &Call, rows: &[(String, &Space)]) -> Result<usize, Failure> {
    let begin = match (call.text("token")?, call.text("index")?) {
        (Some(token), _) => token_start(token, rows).ok_or_else(|| {
            bad_value(
                "badData",
                "token",
                "is not a token that a page was sent with",
            )
        })?,
        (None, Some(index)) => rows.partition_point(|(known, _)| known.as_str() < index),
        (None, None) => 0,
    };
    let offset = isize::try_from(call.integer("offset")?.unwrap_or(0)).unwrap_or(0);
    Ok(begin.saturating_add_signed(offset))
}

/// Where the next page begins. The server takes a page for the last when it is not full, so there is one
/// after a full page even if nothing is left for it.
fn next_start(page: &Page<(String, &Space)>) -> Option<usize> {
    let full = page.rows.len() >= page.limit;
    let end = full.then(|| page.start + page.rows.len());
    page.next.as_ref().map(|next| next.start).or(end)
}

/// A token for the page that begins at a place: the index of the space before it.
fn page_token(start: usize, rows: &[(String, &Space)]) -> String {
    let before = start.checked_sub(1).map(|before| rows.get(before));
    URL_SAFE_NO_PAD.encode(match before {
        Some(Some((index, _))) => index.clone(),
        Some(None) => format!("{PAST}{start}"),
        // No index is as small.
        None => " ".to_owned(),
    })
}

/// What the tokens of pages past the end begin with, as no index does.
const PAST: &str = "past:";

fn token_start(token: &str, rows: &[(String, &Space)]) -> Option<usize> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    match text.strip_prefix(PAST) {
        Some(start) => start.parse().ok(),
        None => Some(rows.partition_point(|(known, _)| *known <= text)),
    }
}

/// A space that everybody may find.
fn advertised<'a>(state: &'a State, id: &str) -> Result<&'a Space, Failure> {
    state.space(id).and_then(|space| {
        if space.advertised_in_marketplace {
            Ok(space)
        } else {
            Err(not_found())
        }
    })
}

fn get(state: &State, id: &str) -> Outcome {
    let space = advertised(state, id)?;
    let shown = json!({
        "spaceId": space.id,
        "name": space.name,
        "index": space.index(),
        "description": space.description,
        "organizationName": space.organization_name,
        "tags": space.tags,
        "providerNames": [],
        "totalSupportSize": 0,
        "creationTime": space.creation_time,
    });
    Ok(Answer::json(200, &shown))
}

/// Asks for membership, or reminds of having asked.
fn request(state: &mut State, call: &Call, id: &str) -> Outcome {
    advertised(state, id)?;
    let me = call.user()?.to_owned();
    let email = call.required_text("contactEmail")?.to_owned();
    check_email(&email)?;
    check_message(call)?;
    if is_member(state, &me, id) {
        return Err(already_member(("user", &me), ("space", id)));
    }
    let request = request_id(state, &me, id)?;
    let made = MembershipRequest {
        id: request.clone(),
        space: id.to_owned(),
        user: me,
        email,
        rejected: false,
        last_activity: state.time(),
    };
    state.requests.insert(request.clone(), made);
    Ok(Answer::json(200, &json!({ "requestId": request })))
}

fn check_message(call: &Call) -> Result<(), Failure> {
    let message = call.text("message")?.unwrap_or_default();
    if message.chars().count() <= LONGEST_MESSAGE {
        return Ok(());
    }
    let failure = bad_value("badValueTextTooLarge", "message", "is too long");
    Err(failure.details(json!({ "key": "message", "limit": LONGEST_MESSAGE })))
}

/// The id of a request: that of the pending one, which is repeated, or a new one. Both have to wait.
fn request_id(state: &mut State, me: &str, space: &str) -> Result<String, Failure> {
    let known = state
        .requests
        .values()
        .find(|one| one.user == me && one.space == space)
        .cloned();
    if let Some(known) = known {
        let (wait, what) = match known.rejected {
            true => (MONTH, "a month after a rejection"),
            false => (WEEK, "a week after the last reminder"),
        };
        if state.time() - known.last_activity < wait {
            return Err(forbidden_with_hint(&format!(
                "the next request can be made {what}"
            )));
        }
        if !known.rejected {
            return Ok(known.id);
        }
        state.requests.remove(&known.id);
    }
    let pending = |one: &&MembershipRequest| one.user == me && is_pending(state, one);
    if state.requests.values().filter(pending).count() >= MOST_PENDING {
        let failure = bad("limitReached", "too many requests are pending");
        let what = "pending space membership requests";
        let details = json!({ "limit": MOST_PENDING, "resourceDescription": what });
        return Err(failure.details(details));
    }
    // The server's ids begin with that of the user.
    let id = state.next_id();
    Ok(format!("{me}-{id}"))
}

/// Whether a request has still to be decided: the space can be found, and the user is not in it yet.
fn is_pending(state: &State, request: &MembershipRequest) -> bool {
    !request.rejected && is_listed(state, request)
}

/// Whether a request is more than a memory. Those for spaces that cannot be found any more are not, nor
/// are those of users who got in by another way.
pub(super) fn is_listed(state: &State, request: &MembershipRequest) -> bool {
    advertised(state, &request.space).is_ok() && !is_member(state, &request.user, &request.space)
}

/// Whether a user is in a space, directly or through groups.
fn is_member(state: &State, user: &str, space: &str) -> bool {
    state.privileges_in(Home::Space(space), user).is_some()
}

/// A request that nobody has decided yet.
fn pending(state: &State, space: &str, request: &str) -> Result<MembershipRequest, Failure> {
    let known = state
        .requests
        .get(request)
        .filter(|one| one.space == space && is_pending(state, one));
    known.cloned().ok_or_else(not_found)
}

fn requester(state: &State, call: &Call, id: &str, request: &str) -> Outcome {
    let inside = Some((Home::Space(id), "space_manage_in_marketplace"));
    state.allow(call.caller.as_deref(), &["oz_spaces_view"], inside)?;
    let request = pending(state, id, request)?;
    let user = state.user(&request.user)?;
    let shown = json!({
        "userId": user.id,
        "fullName": user.full_name,
        "username": user.username,
        "contactEmail": request.email,
    });
    Ok(Answer::json(200, &shown))
}

fn resolve(state: &mut State, call: &Call, id: &str, request: &str) -> Outcome {
    let (me, home) = (call.user()?, Home::Space(id));
    let decision = call.required_text("decision")?;
    let needed: &[&str] = match decision {
        "grant" => &["space_manage_in_marketplace", "space_add_user"],
        "reject" => &["space_manage_in_marketplace"],
        _ => {
            return Err(super::failure::not_allowed(
                "decision",
                &["grant", "reject"],
            ));
        }
    };
    if !needed
        .iter()
        .all(|privilege| state.holds_in(home, me, privilege))
    {
        return Err(forbidden());
    }
    let found = pending(state, id, request)?;
    if decision == "grant" {
        let users = Kind { home, users: true };
        users.add(state, &found.user, set(SPACE_MEMBER))?;
        state.requests.remove(request);
    } else {
        let decided = state.time();
        if let Some(known) = state.requests.get_mut(request) {
            known.rejected = true;
            known.last_activity = decided;
        }
    }
    Ok(done())
}
