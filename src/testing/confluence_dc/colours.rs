//! The colours of the site, and of spaces that have their own.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::call::{Call, text};
use super::journal::{self, Change};
use super::problem::{Outcome, Problem};
use super::state::State;
use crate::testing::server::Answer;

/// What has a colour, with the colours that Confluence comes with in the light and the dark theme.
const DEFAULTS: [(&str, &str, &str); 13] = [
    ("topBarColor", "#0747a6", "#1d2125"),
    ("topBarMenuSelectedBgColor", "#cc3f33", "#cc3f33"),
    ("topBarMenuSelectedTextColor", "#ffffff", "#ffffff"),
    ("breadcrumbsTextColor", "#6b778c", "#8c9bab"),
    ("headerButtonBgColor", "#0052cc", "#579dff"),
    ("headerButtonTextColor", "#ffffff", "#1d2125"),
    ("searchFieldTextColor", "#c1c7d0", "#9fadbc"),
    ("searchFieldBgColor", "#063989", "#22272b"),
    ("menuItemSelectedBgColor", "#deebff", "#1c2b41"),
    ("menuItemSelectedTextColor", "#0747a6", "#85b8ff"),
    ("menuItemTextColor", "#172b4d", "#b6c2cf"),
    ("headingTextColor", "#172b4d", "#b6c2cf"),
    ("linkColor", "#0052cc", "#579dff"),
];

/// The colours of one theme by what has them.
type Theme = BTreeMap<&'static str, String>;

/// Colours for both themes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scheme {
    light: Theme,
    dark: Theme,
}

impl Default for Scheme {
    fn default() -> Self {
        let defaults = DEFAULTS.iter();
        Self {
            light: defaults
                .clone()
                .map(|(name, light, _)| (*name, (*light).to_owned()))
                .collect(),
            dark: defaults
                .map(|(name, _, dark)| (*name, (*dark).to_owned()))
                .collect(),
        }
    }
}

/// The colours that a space has of its own, and whether it shows them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct OwnColours {
    scheme: Option<Scheme>,
    shown: bool,
}

/// The routes of colours.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("GET", ["color-scheme"]) => Ok(state.colours.answer()),
        ("GET", ["color-scheme", "default"]) => Ok(Scheme::default().answer()),
        ("PUT", ["color-scheme"]) => update(state, call),
        ("PUT", ["color-scheme", "reset"]) => reset(state, call),
        ("GET", ["space", key, "color-scheme"]) => of_space(state, call, key),
        ("PUT", ["space", key, "color-scheme"]) => update_space(state, call, key),
        ("PUT", ["space", key, "color-scheme", "reset"]) => reset_space(state, call, key),
        ("GET", ["space", key, "color-scheme", "type"]) => kind(state, call, key),
        ("PUT", ["space", key, "color-scheme", "type"]) => set_kind(state, call, key),
        _ => return None,
    })
}

impl Scheme {
    fn answer(&self) -> Answer {
        let body = json!({
            "colorSchemeModelLight": self.light,
            "colorSchemeModelDark": self.dark,
        });
        Answer::json(200, &body)
    }

    /// The scheme with what a body changes in it.
    fn with(&self, body: &Map<String, Value>) -> Result<Self, Problem> {
        let mut scheme = self.clone();
        for (name, theme) in [
            ("colorSchemeModelLight", &mut scheme.light),
            ("colorSchemeModelDark", &mut scheme.dark),
        ] {
            match body.get(name) {
                None | Some(Value::Null) => {}
                Some(Value::Object(colours)) => change(theme, colours)?,
                Some(_) => {
                    return Err(Problem::bad_request(format!("{name} must be an object")));
                }
            }
        }
        Ok(scheme)
    }
}

/// Takes over the colours in a body; what it leaves out stays.
fn change(theme: &mut Theme, colours: &Map<String, Value>) -> Result<(), Problem> {
    for (name, colour) in theme {
        match colours.get(*name) {
            None | Some(Value::Null) => {}
            Some(Value::String(new)) if is_colour(new) => new.clone_into(colour),
            Some(other) => {
                return Err(Problem::bad_request(format!(
                    "{other} is no colour for {name}: it is written like #0052cc"
                )));
            }
        }
    }
    Ok(())
}

fn is_colour(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|digits| {
        matches!(digits.len(), 3 | 6) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

fn update(state: &mut State, call: &Call<'_>) -> Outcome {
    state.need_admin(&call.caller)?;
    state.colours = state.colours.with(&call.object()?)?;
    note_site(state, call, "Global color scheme updated");
    Ok(state.colours.answer())
}

fn reset(state: &mut State, call: &Call<'_>) -> Outcome {
    state.need_admin(&call.caller)?;
    state.colours = Scheme::default();
    note_site(state, call, "Global color scheme reset");
    Ok(state.colours.answer())
}

fn note_site(state: &mut State, call: &Call<'_>, summary: &str) {
    let change = Change::of("Themes", summary, "Site", "Confluence");
    journal::note(state, &call.caller, change);
}

/// The colours that a space shows.
fn of_space(state: &State, call: &Call<'_>, key: &str) -> Outcome {
    let own = &state.administered_space(&call.caller, key)?.colours;
    let shown = own.scheme.as_ref().filter(|_| own.shown);
    Ok(shown.unwrap_or(&state.colours).answer())
}

fn update_space(state: &mut State, call: &Call<'_>, key: &str) -> Outcome {
    let own = &state.administered_space(&call.caller, key)?.colours;
    let before = own.scheme.as_ref().unwrap_or(&state.colours);
    let scheme = before.with(&call.object()?)?;
    let answer = scheme.answer();
    let space = state.administered_space_mut(&call.caller, key)?;
    space.colours.scheme = Some(scheme);
    note_space(state, call, key, "Space color scheme updated");
    Ok(answer)
}

fn reset_space(state: &mut State, call: &Call<'_>, key: &str) -> Outcome {
    let space = state.administered_space_mut(&call.caller, key)?;
    space.colours = OwnColours::default();
    note_space(state, call, key, "Space color scheme reset");
    of_space(state, call, key)
}

fn note_space(state: &mut State, call: &Call<'_>, key: &str, summary: &str) {
    if let Some(space) = state.spaces.get(key) {
        let change = Change::space(space, "Themes", summary);
        journal::note(state, &call.caller, change);
    }
}

fn kind(state: &State, call: &Call<'_>, key: &str) -> Outcome {
    let own = &state.administered_space(&call.caller, key)?.colours;
    let kind = if own.shown { "custom" } else { "global" };
    Ok(Answer::json(200, &json!({ "type": kind })))
}

fn set_kind(state: &mut State, call: &Call<'_>, key: &str) -> Outcome {
    state.administered_space(&call.caller, key)?;
    let body = call.object()?;
    let shown = match text(&body, "type").map(str::to_lowercase).as_deref() {
        Some("custom") => true,
        Some("global") => false,
        _ => {
            return Err(Problem::bad_request("The type must be global or custom"));
        }
    };
    let space = state.administered_space_mut(&call.caller, key)?;
    space.colours.shown = shown;
    note_space(state, call, key, "Space color scheme type updated");
    kind(state, call, key)
}
