//! What a search can find, and the fields that a query compares.

use super::clock::Moment;
use super::macros::macros;
use super::markup::plain;
use super::seed::{Content, Space, User};
use super::state::State;

/// Something that a search finds.
#[derive(Clone, Copy)]
pub(super) enum Found<'s> {
    Content(&'s Content),
    Space(&'s Space),
    User(&'s User),
}

/// What a field is compared by.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// The whole of it.
    Exact,
    /// The whole of it, or words in it.
    Title,
    /// Words in it.
    Text,
    Time,
}

impl Kind {
    /// `None` for fields that are not simulated.
    pub(super) fn of(field: &str) -> Option<Self> {
        Some(match field {
            "type" | "space" | "space.key" | "space.type" | "label" | "id" | "content"
            | "creator" | "contributor" | "watcher" | "parent" | "ancestor" | "container"
            | "macro" | "user" => Self::Exact,
            "title" => Self::Title,
            "text" | "sitesearch" | "space.title" | "user.fullname" => Self::Text,
            "created" | "lastmodified" => Self::Time,
            _ => return None,
        })
    }
}

/// The texts that something has in a field; one of them has to be the one that is looked for.
pub(super) fn texts(state: &State, field: &str, found: Found<'_>) -> Vec<String> {
    match found {
        Found::Content(content) => of_content(state, field, content),
        Found::Space(space) => of_space(state, field, space),
        Found::User(user) => match field {
            "type" => vec!["user".to_owned()],
            "user" => vec![user.name.clone(), user.key.clone()],
            "user.fullname" | "sitesearch" => vec![user.full_name.clone()],
            _ => Vec::new(),
        },
    }
}

fn of_content(state: &State, field: &str, content: &Content) -> Vec<String> {
    let ids = |ids: Vec<u64>| ids.iter().map(u64::to_string).collect();
    match field {
        "type" => vec![content.kind.clone()],
        "title" => vec![content.title.clone()],
        "text" | "sitesearch" => vec![format!("{} {}", content.title, plain(&content.body))],
        "label" => labels(content.labels.iter()),
        "id" | "content" => vec![content.id.to_string(), content.wire_id()],
        "creator" => people(state, [content.creator.as_str()]),
        "contributor" => people(state, content.authors()),
        "watcher" => people(state, content.watchers.iter().map(String::as_str)),
        "parent" | "container" => ids(content.parent.into_iter().collect()),
        "ancestor" => ids(state.ancestors(content)),
        "macro" => macros(&content.body)
            .into_iter()
            .map(|one| one.name)
            .collect(),
        _ => match state.spaces.get(&content.space) {
            Some(space) if field.starts_with("space") => of_space(state, field, space),
            _ => Vec::new(),
        },
    }
}

fn of_space(state: &State, field: &str, space: &Space) -> Vec<String> {
    match field {
        "type" => vec!["space".to_owned()],
        "space" | "space.key" => vec![space.key.clone()],
        "space.type" => vec![space.kind().to_owned()],
        "title" | "space.title" => vec![space.name.clone()],
        "text" | "sitesearch" => vec![format!("{} {}", space.name, space.description)],
        "label" => labels(space.categories.iter()),
        "creator" => people(state, [space.creator.as_str()]),
        "watcher" => people(state, space.watchers.iter().map(String::as_str)),
        _ => Vec::new(),
    }
}

/// Labels of the namespace `global` go with it and without.
fn labels<'s>(names: impl Iterator<Item = &'s String>) -> Vec<String> {
    names
        .flat_map(|name| [name.clone(), format!("global:{name}")])
        .collect()
}

/// Users go by their login names and by their keys.
fn people<'s>(state: &State, names: impl IntoIterator<Item = &'s str>) -> Vec<String> {
    let mut people = Vec::new();
    for name in names {
        people.push(name.to_owned());
        people.extend(state.users.get(name).map(|user| user.key.clone()));
    }
    people
}

/// The time in a field.
pub(super) fn moment(field: &str, found: Found<'_>) -> Option<Moment> {
    match (field, found) {
        ("created", Found::Content(content)) => Some(content.created),
        ("created", Found::Space(space)) => Some(space.created),
        ("lastmodified", Found::Content(content)) => Some(content.edit.when),
        ("lastmodified", Found::Space(space)) => Some(space.changed),
        _ => None,
    }
}

/// What things are sorted by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Number(u64),
    Text(String),
    Time(Option<Moment>),
}

/// The place of something in the order of a field; `None` for fields that nothing is sorted by.
pub(super) fn key(state: &State, field: &str, found: Found<'_>) -> Option<Key> {
    let first = || {
        let mut texts = texts(state, field, found).into_iter();
        texts.next().unwrap_or_default().to_lowercase()
    };
    Some(match field {
        "id" | "content" => Key::Number(first().parse().unwrap_or_default()),
        "title" | "space" | "space.key" | "type" | "creator" | "user.fullname" => {
            Key::Text(first())
        }
        "created" | "lastmodified" => Key::Time(moment(field, found)),
        _ => return None,
    })
}
