//! Spaces: themselves, their owners, and what belongs to them.

use super::call::Call;
use super::failure::{
    Failure, Outcome, already_exists, bad_value, forbidden, missing_any, no_member, not_found,
};
use super::home::Home;
use super::names::{check_email, check_name};
use super::privileges::{SPACE, SPACE_MANAGER, SPACE_MEMBER, set};
use super::routes::{created, done, ids};
use super::seed::Space;
use super::state::State;
use super::zone::tags;
use super::{marketplace, membership};
use crate::testing::pages::Paging;
use crate::testing::server::Answer;

pub(super) fn route(
    state: &mut State,
    call: &Call,
    path: &[&str],
    paging: &Paging<'_>,
) -> Option<Outcome> {
    Some(match (call.method.as_str(), path) {
        ("GET", []) => list(state, call),
        ("POST", []) => create(state, call),
        ("GET", ["privileges"]) => Ok(privilege_sets()),
        (_, ["marketplace", rest @ ..]) => return marketplace::route(state, call, rest, paging),
        ("GET", [id]) => get(state, call, id),
        ("PATCH", [id]) => update(state, call, id),
        ("DELETE", [id]) => delete(state, call, id),
        ("GET", [id, "owners"]) => owners(state, call, id),
        ("PUT", [id, "owners", user]) => add_owner(state, call, id, user),
        ("DELETE", [id, "owners", user]) => remove_owner(state, call, id, user),
        // Nothing here can have any of these.
        ("GET", [id, collection @ ("shares" | "providers" | "harvesters")]) => {
            relations(state, call, id, collection)
        }
        (_, [id, rest @ ..]) => return membership::route(state, call, Home::Space(id), rest),
        _ => return None,
    })
}

fn list(state: &State, call: &Call) -> Outcome {
    state.allow(call.caller.as_deref(), &["oz_spaces_list"], None)?;
    Ok(ids("spaces", state.spaces.keys()))
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let caller = state
        .allow(call.caller.as_deref(), &["oz_spaces_create"], None)?
        .to_owned();
    let mut space = from_body(call)?;
    space.creator = Some(caller);
    let id = state.add_space(space);
    Ok(created(state, "spaces", &id))
}

/// A space as the body wants it.
pub(super) fn from_body(call: &Call) -> Result<Space, Failure> {
    let name = call.required_text("name")?;
    let mut space = Space::new(name);
    apply(call, &mut space)?;
    Ok(space)
}

/// Changes what the body names, if the result keeps the rules.
fn apply(call: &Call, space: &mut Space) -> Result<(), Failure> {
    if let Some(name) = call.text("name")? {
        check_name(name)?;
        name.clone_into(&mut space.name);
    }
    if let Some(text) = call.text("description")? {
        text.clone_into(&mut space.description);
    }
    if let Some(text) = call.text("organizationName")? {
        text.clone_into(&mut space.organization_name);
    }
    if let Some(list) = call.list("tags", &tags())? {
        space.tags = list;
    }
    if let Some(text) = call
        .text("marketplaceContactEmail")?
        .filter(|text| !text.is_empty())
    {
        check_email(text)?;
        text.clone_into(&mut space.marketplace_contact_email);
    }
    if let Some(advertised) = call.boolean("advertisedInMarketplace")? {
        space.advertised_in_marketplace = advertised;
    }
    check_advertised(space)
}

/// Who is found in the marketplace has to say who it is.
fn check_advertised(space: &Space) -> Result<(), Failure> {
    let told = [
        ("description", &space.description),
        ("organizationName", &space.organization_name),
        ("marketplaceContactEmail", &space.marketplace_contact_email),
    ];
    match told
        .iter()
        .find(|(_, text)| space.advertised_in_marketplace && text.is_empty())
    {
        Some((key, _)) => Err(bad_value("badValueEmpty", key, "must not be empty")),
        None => Ok(()),
    }
}

fn privilege_sets() -> Answer {
    let sets =
        serde_json::json!({ "admin": SPACE, "manager": SPACE_MANAGER, "member": SPACE_MEMBER });
    Answer::json(200, &sets)
}

fn get(state: &State, call: &Call, id: &str) -> Outcome {
    let space = state.space(id)?;
    let caller = call.user()?;
    if state.privileges_in(Home::Space(id), caller).is_none()
        && !state.holds(caller, &["oz_spaces_view"])
    {
        return Err(forbidden());
    }
    Ok(Answer::json(200, &space.json()))
}

fn update(state: &mut State, call: &Call, id: &str) -> Outcome {
    state.space(id)?;
    let inside = Some((Home::Space(id), "space_update"));
    state.allow(call.caller.as_deref(), &["oz_spaces_update"], inside)?;
    let keys = [
        "name",
        "description",
        "organizationName",
        "tags",
        "advertisedInMarketplace",
        "marketplaceContactEmail",
    ];
    if !keys.iter().any(|key| call.has(key)) {
        return Err(missing_any(&keys));
    }
    let mut changed = state.space(id)?.clone();
    apply(call, &mut changed)?;
    // An address may be taken away while nobody is told of it.
    if call.text("marketplaceContactEmail")? == Some("") {
        changed.marketplace_contact_email.clear();
        check_advertised(&changed)?;
    }
    *state.space_mut(id)? = changed;
    Ok(done())
}

fn delete(state: &mut State, call: &Call, id: &str) -> Outcome {
    state.space(id)?;
    let inside = Some((Home::Space(id), "space_delete"));
    state.allow(call.caller.as_deref(), &["oz_spaces_delete"], inside)?;
    state.remove_space(id);
    Ok(done())
}

fn relations(state: &State, call: &Call, id: &str, collection: &str) -> Outcome {
    state.space(id)?;
    let inside = Some((Home::Space(id), "space_view"));
    let member = state.privileges_in(Home::Space(id), call.user()?).is_some();
    // Who supports a space is known to all its members.
    if !(member && collection == "providers") {
        let oz = ["oz_spaces_list_relationships"];
        state.allow(call.caller.as_deref(), &oz, inside)?;
    }
    Ok(ids(collection, []))
}

fn owners(state: &State, call: &Call, id: &str) -> Outcome {
    let space = state.space(id)?;
    state.allow(
        call.caller.as_deref(),
        &["oz_spaces_view"],
        Some((Home::Space(id), "space_view")),
    )?;
    Ok(ids("users", &space.owners))
}

/// Owners see to owners, and so does who may set privileges everywhere.
fn allow_owner(state: &State, call: &Call, id: &str) -> Result<(), Failure> {
    if state.space(id)?.owners.contains(call.user()?) {
        return Ok(());
    }
    state
        .allow(call.caller.as_deref(), &["oz_spaces_set_privileges"], None)
        .map(|_| ())
}

fn add_owner(state: &mut State, call: &Call, id: &str, user: &str) -> Outcome {
    allow_owner(state, call, id)?;
    if !state.effective_users(Home::Space(id))?.contains_key(user) {
        return Err(no_member(id, user));
    }
    let space = state.space_mut(id)?;
    if !space.owners.insert(user.to_owned()) {
        return Err(already_exists());
    }
    space
        .members
        .users
        .entry(user.to_owned())
        .or_insert_with(|| set(SPACE));
    Ok(done())
}

fn remove_owner(state: &mut State, call: &Call, id: &str, user: &str) -> Outcome {
    allow_owner(state, call, id)?;
    if !state.space(id)?.owners.contains(user) {
        return Err(not_found());
    }
    membership::check_not_last_owner(state, id, user)?;
    state.space_mut(id)?.owners.remove(user);
    Ok(done())
}
