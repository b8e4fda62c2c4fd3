//! The marketplace, where users find spaces and ask for membership.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::call::Call;
use super::failure::{
    Failure, Outcome, already_member, bad_value, forbidden, not_found, not_in_range,
};
use super::model::{MembershipRequest, Space};
use super::names::check_email;
use super::privileges::{SPACE_MEMBER, set};
use super::routes::done;
use super::state::{Home, State};
use super::zone::tags;
use crate::testing::pages::{self, Asked, Limits, Paging};
use crate::testing::server::Answer;

/// Spaces on a page.
const LIMITS: Limits = Limits {
    default: 1000,
    most: 1000,
};

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
    let next = page
        .next
        .map(|next| URL_SAFE_NO_PAD.encode(format!("after:{}", next.start)));
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
        (Some(token), _) => position(token).ok_or_else(|| {
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

fn position(token: &str) -> Option<usize> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    String::from_utf8(bytes)
        .ok()?
        .strip_prefix("after:")?
        .parse()
        .ok()
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

fn request(state: &mut State, call: &Call, id: &str) -> Outcome {
    advertised(state, id)?;
    let (me, email) = (
        call.user()?.to_owned(),
        call.required_text("contactEmail")?.to_owned(),
    );
    check_email(&email)?;
    if state.members(Home::Space(id))?.users.contains_key(&me) {
        return Err(already_member(("user", &me), ("space", id)));
    }
    let known = state
        .requests
        .values()
        .find(|one| one.user == me && one.space == id);
    let request = match known {
        // Too soon: a reminder is allowed after a week, a new request a month after a rejection.
        Some(_) => return Err(forbidden()),
        None => state.next_id(),
    };
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

/// A request that nobody has decided yet.
fn pending(state: &State, space: &str, request: &str) -> Result<MembershipRequest, Failure> {
    let known = state
        .requests
        .get(request)
        .filter(|one| one.space == space && !one.rejected);
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
        state
            .members_mut(home)?
            .users
            .entry(found.user)
            .or_insert_with(|| set(SPACE_MEMBER));
        state.requests.remove(request);
    } else if let Some(known) = state.requests.get_mut(request) {
        known.rejected = true;
    }
    Ok(done())
}
