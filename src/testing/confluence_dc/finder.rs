//! What a query in CQL finds.

use std::cmp::Reverse;

use chrono::Duration;
use serde_json::Value;

use super::call::{Call, Caller};
use super::cql::{Clause, Condition, Operand, Operator, Query};
use super::fields::{self, Found, Kind};
use super::seed::Content;
use super::state::State;
use super::times::{shift, span, within};

/// Who searches, and where.
pub(super) struct Finder<'a> {
    state: &'a State,
    caller: &'a Caller,
    /// What the query is asked from: the key of a space, and the id of a content.
    space: String,
    content: String,
}

/// Whether a condition holds: an error says what is wrong with it, and `None` that it is not simulated.
type Verdict = Result<Option<bool>, String>;

impl<'a> Finder<'a> {
    /// Fails when the query's context cannot be read.
    pub(super) fn new(state: &'a State, call: &'a Call<'_>) -> Result<Self, String> {
        let context = match call.query("cqlcontext").filter(|text| !text.is_empty()) {
            Some(text) => serde_json::from_str(text).map_err(|_| "the context is no JSON")?,
            None => Value::Null,
        };
        let of_context = |name: &str| match context.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        Ok(Self {
            state,
            caller: &call.caller,
            space: of_context("spaceKey"),
            content: of_context("contentId"),
        })
    }

    /// What of all `things` a query finds, in its order; `None` when it says more than is simulated.
    pub(super) fn find(
        &self,
        query: &Query,
        things: impl Iterator<Item = Found<'a>>,
    ) -> Result<Option<Vec<Found<'a>>>, String> {
        // A query is checked even when there is nothing to find.
        let probe = Content::page("", "");
        if self.holds_all(query, Found::Content(&probe))?.is_none() {
            return Ok(None);
        }
        let mut found = Vec::new();
        for thing in things {
            if self.holds_all(query, thing)? == Some(true) {
                found.push(thing);
            }
        }
        for order in query.order.iter().rev() {
            if fields::key(self.state, &order.field, Found::Content(&probe)).is_none() {
                return Ok(None);
            }
            let key = |thing: &Found<'_>| fields::key(self.state, &order.field, *thing);
            match order.descending {
                true => found.sort_by_cached_key(|thing| Reverse(key(thing))),
                false => found.sort_by_cached_key(key),
            }
        }
        Ok(Some(found))
    }

    fn holds_all(&self, query: &Query, thing: Found<'_>) -> Verdict {
        match &query.condition {
            Some(condition) => self.holds(condition, thing),
            None => Ok(Some(true)),
        }
    }

    /// Both sides are looked at, so that what is wrong is found whatever the things are.
    fn holds(&self, condition: &Condition, thing: Found<'_>) -> Verdict {
        let both = |left, right, join: fn(bool, bool) -> bool| -> Verdict {
            let (left, right) = (self.holds(left, thing)?, self.holds(right, thing)?);
            Ok(left.zip(right).map(|(left, right)| join(left, right)))
        };
        match condition {
            Condition::And(left, right) => both(left, right, |left, right| left && right),
            Condition::Or(left, right) => both(left, right, |left, right| left || right),
            Condition::Not(inner) => Ok(self.holds(inner, thing)?.map(|holds| !holds)),
            Condition::Field(clause) => self.fits(clause, thing),
        }
    }

    fn fits(&self, clause: &Clause, thing: Found<'_>) -> Verdict {
        let Some(kind) = Kind::of(&clause.field) else {
            return Ok(None);
        };
        let negated = negated(kind, clause.operator)
            .ok_or_else(|| format!("the field {} does not take this operator", clause.field))?;
        let mut any = false;
        for value in &clause.values {
            let fits = match kind {
                Kind::Time => self.fits_time(clause, value, thing)?,
                _ => self.fits_text(clause, value, thing),
            };
            match fits {
                None => return Ok(None),
                Some(fits) => any |= fits,
            }
        }
        Ok(Some(any != negated))
    }

    fn fits_text(&self, clause: &Clause, value: &Operand, thing: Found<'_>) -> Option<bool> {
        let value = match value {
            Operand::Text(text) => text.as_str(),
            Operand::Function(name, _) => match (name.as_str(), self.caller.name()) {
                ("currentuser", Some(user)) => user,
                ("currentuser", None) => return Some(false),
                ("currentspace", _) => &self.space,
                ("currentcontent", _) => &self.content,
                _ => return None,
            },
        };
        let words = matches!(clause.operator, Operator::Contains | Operator::ContainsNot);
        let texts = fields::texts(self.state, &clause.field, thing);
        Some(texts.iter().any(|text| match words {
            true => has_words(text, value),
            false => text.eq_ignore_ascii_case(value),
        }))
    }

    fn fits_time(&self, clause: &Clause, value: &Operand, thing: Found<'_>) -> Verdict {
        let now = self.state.clock.now();
        let meant = match value {
            Operand::Text(text) => span(text).ok_or_else(|| format!("'{text}' is no time"))?,
            Operand::Function(name, arguments) if name == "now" => {
                let shift = arguments
                    .first()
                    .map_or(Some(Duration::zero()), |a| shift(a));
                let shift = shift.ok_or_else(|| "now() takes a time such as -4w".to_owned())?;
                let then = now.checked_add_signed(shift).unwrap_or(now).naive_local();
                then..then
            }
            Operand::Function(..) => return Ok(None),
        };
        let moment = fields::moment(&clause.field, thing);
        let time = moment.map(|moment| self.state.clock.time(moment));
        Ok(Some(
            time.is_some_and(|time| within(clause.operator, time, &meant)),
        ))
    }
}

/// Whether an operator turns a comparison round; `None` when the field does not take it.
fn negated(kind: Kind, operator: Operator) -> Option<bool> {
    use Operator::{
        Above, AtLeast, AtMost, Below, Contains, ContainsNot, Differs, Equals, In, NotIn,
    };
    match (kind, operator) {
        (Kind::Exact | Kind::Title, Equals | In)
        | (Kind::Text | Kind::Title, Contains)
        | (Kind::Time, Equals | Above | AtLeast | Below | AtMost) => Some(false),
        (Kind::Exact | Kind::Title, Differs | NotIn)
        | (Kind::Text | Kind::Title, ContainsNot)
        | (Kind::Time, Differs) => Some(true),
        _ => None,
    }
}

/// The words of a text, in lower case; `*` counts as a letter.
fn words(text: &str) -> Vec<String> {
    let parts = text.split(|letter: char| !(letter.is_alphanumeric() || letter == '*'));
    let parts = parts.filter(|part| !part.is_empty());
    parts.map(str::to_lowercase).collect()
}

/// Whether a text has all words of a query; `*` at the end of one stands for any letters.
fn has_words(text: &str, query: &str) -> bool {
    let there = words(text);
    let has = |wanted: &String| there.iter().any(|word| is_word(wanted, word));
    words(query).iter().all(has)
}

fn is_word(wanted: &str, word: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(beginning) => word.starts_with(beginning),
        None => wanted == word,
    }
}

/// A text in which the words that a query looks for are marked, as the server marks them.
pub(super) fn highlighted(query: &Query, text: &str) -> String {
    let mut wanted = Vec::new();
    if let Some(condition) = &query.condition {
        looked_for(condition, &mut wanted);
    }
    let (mut marked, mut rest) = (String::new(), text);
    while let Some(start) = rest.find(char::is_alphanumeric) {
        let (between, from_word) = rest.split_at(start);
        let end = from_word.find(|letter: char| !letter.is_alphanumeric());
        let (word, after) = from_word.split_at(end.unwrap_or(from_word.len()));
        marked.push_str(between);
        let lower = word.to_lowercase();
        match wanted.iter().any(|wanted| is_word(wanted, &lower)) {
            true => marked.push_str(&format!("@@@hl@@@{word}@@@endhl@@@")),
            false => marked.push_str(word),
        }
        rest = after;
    }
    marked + rest
}

/// The words that texts are searched for.
fn looked_for(condition: &Condition, wanted: &mut Vec<String>) {
    match condition {
        Condition::And(left, right) | Condition::Or(left, right) => {
            looked_for(left, wanted);
            looked_for(right, wanted);
        }
        Condition::Not(_) => {}
        Condition::Field(clause) => {
            for value in &clause.values {
                if let (Operator::Contains, Operand::Text(text)) = (clause.operator, value) {
                    wanted.extend(words(text));
                }
            }
        }
    }
}

/// Whether a query looks for users.
pub(super) fn speaks_of_users(condition: &Condition) -> bool {
    match condition {
        Condition::And(left, right) | Condition::Or(left, right) => {
            speaks_of_users(left) || speaks_of_users(right)
        }
        Condition::Not(inner) => speaks_of_users(inner),
        Condition::Field(clause) => {
            let user = |value: &Operand| matches!(value, Operand::Text(text) if text == "user");
            clause.field.starts_with("user")
                || (clause.field == "type" && clause.values.iter().any(user))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole_unless_they_end_in_a_star() {
        assert!(has_words("Release notes, 2026", "notes RELEASE"));
        assert!(!has_words("Release notes", "note"));
        assert!(has_words("Release notes", "not*"));
        assert!(has_words("anything", ""));
    }

    #[test]
    fn the_words_of_a_query_are_marked() {
        let query = super::super::cql::parse("text ~ \"plan rel*\" and not title ~ b");
        let marked = query.map(|query| highlighted(&query, "Plan (b): the release"));
        let expected = "@@@hl@@@Plan@@@endhl@@@ (b): the @@@hl@@@release@@@endhl@@@";
        assert_eq!(marked.as_deref(), Ok(expected));
    }
}
