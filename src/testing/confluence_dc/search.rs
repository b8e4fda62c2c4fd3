//! Search for contents by CQL.

use std::cmp::Ordering;
use std::ops::Range;

use chrono::{DateTime, Duration, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};
use serde_json::{Value, json};

use super::call::{Call, Caller};
use super::cql::{self, Clause, Condition, Operand, Operator, Order, Query};
use super::list::list;
use super::problem::{Outcome, Problem};
use super::render;
use super::seed::Content;
use super::state::State;
use crate::testing::pages::Limits;
use crate::testing::server::Answer;

/// The routes of search; `None` for fields and functions that are not simulated.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    let excerpts = match (method, path.as_slice()) {
        ("GET", ["content", "search"]) => false,
        ("GET", ["search"]) => true,
        _ => return None,
    };
    let Some(text) = call.query("cql").filter(|cql| !cql.trim().is_empty()) else {
        return Some(Err(Problem::bad_request(
            "The query parameter 'cql' is required",
        )));
    };
    let search = Search {
        state,
        caller: &call.caller,
    };
    match cql::parse(text).and_then(|query| search.find(&query)) {
        Ok(contents) => {
            let contents = contents?;
            Some(answer(state, call, text, &contents, excerpts))
        }
        Err(reason) => Some(Err(Problem::bad_request(format!(
            "Could not parse cql : {text}: {reason}"
        )))),
    }
}

/// How many rows a page may have depends on what is expanded.
fn limits(call: &Call<'_>) -> Limits {
    let most = match call.expand() {
        expand if expand.has("body") || expand.has("content.body") => 50,
        _ if call.query("expand").is_some_and(|names| !names.is_empty()) => 200,
        _ => 1000,
    };
    Limits { default: 25, most }
}

fn answer(
    state: &State,
    call: &Call<'_>,
    cql: &str,
    contents: &[&Content],
    excerpts: bool,
) -> Outcome {
    let visible = |content: &&Content| state.sees(&call.caller, content);
    if !excerpts {
        let expand = call.expand();
        return list(state, call, contents, visible, limits(call), |content| {
            render::content(state, content, &expand)
        });
    }
    let expand = call.expand().below("content");
    let row = |content: &&Content| -> Value {
        let space = state.spaces.get(&content.space);
        json!({
            "content": render::content(state, content, &expand),
            "title": content.title,
            "excerpt": plain(&content.body).chars().take(200).collect::<String>(),
            "url": format!("/pages/viewpage.action?pageId={}", content.id),
            "resultGlobalContainer": space.map(|space| json!({
                "title": space.name, "displayUrl": format!("/display/{}", space.key),
            })),
            "entityType": "content",
            "lastModified": state.clock.write(content.changed),
        })
    };
    let page = list(state, call, contents, visible, limits(call), row)?;
    let mut body: Value = serde_json::from_slice(&page.body).unwrap_or_default();
    body["totalSize"] = json!(contents.len());
    body["cqlQuery"] = json!(cql);
    body["searchDuration"] = json!(1);
    Ok(Answer::json(200, &body))
}

/// A body without its markup.
fn plain(body: &str) -> String {
    let (mut text, mut inside) = (String::new(), false);
    for letter in body.chars() {
        match letter {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                text.push(' ');
            }
            other if !inside => text.push(other),
            _ => {}
        }
    }
    text
}

/// What a search looks at.
struct Search<'a> {
    state: &'a State,
    caller: &'a Caller,
}

/// Whether a condition holds: an error says what is wrong with it, and `None` that it is not simulated.
type Verdict = Result<Option<bool>, String>;

impl<'a> Search<'a> {
    /// What a query finds, in its order; `None` when it says more than is simulated.
    fn find(&self, query: &Query) -> Result<Option<Vec<&'a Content>>, String> {
        let mut found = Vec::new();
        // A query is checked even when there is nothing to find.
        let probe = Content::page("", "");
        let all = self.state.contents.values();
        for content in std::iter::once(&probe).chain(all.filter(|one| one.status == "current")) {
            let holds = match &query.condition {
                Some(condition) => self.holds(condition, content)?,
                None => Some(true),
            };
            match holds {
                None => return Ok(None),
                Some(true) => found.push(content.id),
                Some(false) => {}
            }
        }
        let known = |id: &u64| self.state.contents.get(id);
        let mut found: Vec<&'a Content> = found.iter().filter_map(known).collect();
        for order in query.order.iter().rev() {
            if compare(&order.field, &probe, &probe).is_none() {
                return Ok(None);
            }
            found.sort_by(|a, b| sorted(order, a, b));
        }
        Ok(Some(found))
    }

    /// Both sides are looked at, so that what is wrong is found whatever the contents are.
    fn holds(&self, condition: &Condition, content: &Content) -> Verdict {
        let both = |left, right, join: fn(bool, bool) -> bool| -> Verdict {
            let (left, right) = (self.holds(left, content)?, self.holds(right, content)?);
            Ok(left.zip(right).map(|(left, right)| join(left, right)))
        };
        match condition {
            Condition::And(left, right) => both(left, right, |left, right| left && right),
            Condition::Or(left, right) => both(left, right, |left, right| left || right),
            Condition::Not(inner) => Ok(self.holds(inner, content)?.map(|holds| !holds)),
            Condition::Field(clause) => self.fits(clause, content),
        }
    }

    fn fits(&self, clause: &Clause, content: &Content) -> Verdict {
        let refused = || {
            Err(format!(
                "the field {} does not take this operator",
                clause.field
            ))
        };
        let Some(kind) = Kind::of(&clause.field) else {
            return Ok(None);
        };
        let (matches, negated) = match (kind, clause.operator) {
            (Kind::Exact | Kind::Title, Operator::Equals | Operator::In)
            | (Kind::Text | Kind::Title, Operator::Contains)
            | (
                Kind::Time,
                Operator::Equals
                | Operator::Above
                | Operator::AtLeast
                | Operator::Below
                | Operator::AtMost,
            ) => (true, false),
            (Kind::Exact | Kind::Title, Operator::Differs | Operator::NotIn)
            | (Kind::Text | Kind::Title, Operator::ContainsNot)
            | (Kind::Time, Operator::Differs) => (true, true),
            _ => (false, false),
        };
        if !matches {
            return refused();
        }
        let mut any = false;
        for value in &clause.values {
            let fits = match kind {
                Kind::Time => self.fits_time(clause, value, content)?,
                _ => self.fits_text(clause, value, content),
            };
            match fits {
                None => return Ok(None),
                Some(fits) => any |= fits,
            }
        }
        Ok(Some(any != negated))
    }

    fn fits_text(&self, clause: &Clause, value: &Operand, content: &Content) -> Option<bool> {
        let value = match (value, self.caller) {
            (Operand::Text(text), _) => text.as_str(),
            (Operand::Function(name, _), Caller::User(user)) if name == "currentuser" => user,
            _ => return None,
        };
        let same = |text: &str| text.eq_ignore_ascii_case(value);
        let words = matches!(clause.operator, Operator::Contains | Operator::ContainsNot);
        let named = |user: &str| {
            same(user)
                || self
                    .state
                    .users
                    .get(user)
                    .is_some_and(|user| user.key == value)
        };
        Some(match clause.field.as_str() {
            // Spaces and users are found by other means than contents.
            "type" if matches!(value, "space" | "user") => return None,
            "type" => same(&content.kind),
            "space" | "space.key" => same(&content.space),
            "space.title" => self
                .state
                .spaces
                .get(&content.space)
                .is_some_and(|space| has_words(&space.name, value)),
            "title" if words => has_words(&content.title, value),
            "title" => same(&content.title),
            "text" | "sitesearch" => has_words(
                &format!("{} {}", content.title, plain(&content.body)),
                value,
            ),
            "label" => content
                .labels
                .iter()
                .any(|label| same(label) || same(&format!("global:{label}"))),
            "id" | "content" => same(&content.wire_id()) || same(&content.id.to_string()),
            "creator" => named(&content.creator),
            "parent" => content.parent.is_some_and(|id| same(&id.to_string())),
            _ => {
                let above = self.state.ancestors(content);
                above.iter().any(|id| same(&id.to_string()))
            }
        })
    }

    fn fits_time(&self, clause: &Clause, value: &Operand, content: &Content) -> Verdict {
        let moment = if clause.field == "created" {
            content.created
        } else {
            content.changed
        };
        let (time, now) = (self.state.clock.time(moment), self.state.clock.now());
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
        Ok(Some(within(clause.operator, time, &meant)))
    }
}

/// What a field is compared by.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Exact,
    Title,
    Text,
    Time,
}

impl Kind {
    /// `None` for fields that are not simulated.
    fn of(field: &str) -> Option<Self> {
        Some(match field {
            "type" | "space" | "space.key" | "label" | "id" | "content" | "creator" | "parent"
            | "ancestor" => Self::Exact,
            "title" => Self::Title,
            "text" | "sitesearch" | "space.title" => Self::Text,
            "created" | "lastmodified" => Self::Time,
            _ => return None,
        })
    }
}

/// Whether a text has all words of a query; `*` at the end of one stands for any letters.
fn has_words(text: &str, query: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let parts = text.split(|letter: char| !(letter.is_alphanumeric() || letter == '*'));
        let parts = parts.filter(|part| !part.is_empty());
        parts.map(str::to_lowercase).collect()
    };
    let there = words(text);
    words(query)
        .iter()
        .all(|word| match word.strip_suffix('*') {
            Some(beginning) => there.iter().any(|one| one.starts_with(beginning)),
            None => there.contains(word),
        })
}

/// The minute or the day that a text names.
fn span(text: &str) -> Option<Range<NaiveDateTime>> {
    let text = text.replace('/', "-");
    let day = NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok();
    let (start, length) = match day {
        Some(day) => (day.and_time(NaiveTime::MIN), Duration::days(1)),
        None => (
            NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M").ok()?,
            Duration::minutes(1),
        ),
    };
    Some(start..start.checked_add_signed(length)?)
}

/// A shift such as `-4w`; without a unit it is days.
fn shift(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let number: i64 = digits.parse().ok()?;
    match text.get(digits.len()..)? {
        "m" => Duration::try_minutes(number),
        "h" => Duration::try_hours(number),
        "" | "d" => Duration::try_days(number),
        "w" => Duration::try_weeks(number),
        "M" => Duration::try_days(number.checked_mul(30)?),
        "y" => Duration::try_days(number.checked_mul(365)?),
        _ => None,
    }
}

/// Whether a time is where the operator wants it: before, in or after what is meant.
fn within(operator: Operator, time: DateTime<FixedOffset>, meant: &Range<NaiveDateTime>) -> bool {
    let time = time.naive_local();
    let (before, after) = (time < meant.start, time >= meant.end && time != meant.start);
    match operator {
        Operator::Above => after,
        Operator::AtLeast => !before,
        Operator::Below => before,
        Operator::AtMost => !after,
        _ => !before && !after,
    }
}

fn sorted(order: &Order, a: &Content, b: &Content) -> Ordering {
    let ordering = compare(&order.field, a, b).unwrap_or(Ordering::Equal);
    if order.descending {
        ordering.reverse()
    } else {
        ordering
    }
}

/// The order of two contents by a field; `None` for fields that are not simulated.
fn compare(field: &str, a: &Content, b: &Content) -> Option<Ordering> {
    Some(match field {
        "title" => a.title.to_lowercase().cmp(&b.title.to_lowercase()),
        "id" | "content" => a.id.cmp(&b.id),
        "space" | "space.key" => a.space.cmp(&b.space),
        "type" => a.kind.cmp(&b.kind),
        "creator" => a.creator.cmp(&b.creator),
        "created" => a.created.cmp(&b.created),
        "lastmodified" => a.changed.cmp(&b.changed),
        _ => return None,
    })
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
    fn a_day_is_all_of_its_minutes() {
        let zone = FixedOffset::east_opt(3600);
        let time = zone.and_then(|zone| {
            let day = NaiveDate::from_ymd_opt(2026, 1, 5)?.and_hms_opt(9, 0, 3)?;
            day.and_local_timezone(zone).single()
        });
        let holds = |operator, text| {
            time.zip(span(text))
                .is_some_and(|(time, meant)| within(operator, time, &meant))
        };
        assert!(holds(Operator::Equals, "2026-01-05"));
        assert!(holds(Operator::Equals, "2026/01/05 09:00"));
        assert!(!holds(Operator::Above, "2026-01-05") && holds(Operator::AtLeast, "2026-01-05"));
        assert!(holds(Operator::Above, "2026-01-04") && holds(Operator::Below, "2026-01-06"));
        assert!(span("yesterday").is_none() && span("2026-13-01").is_none());
        assert_eq!(shift("-4w"), Some(Duration::weeks(-4)));
        assert_eq!((shift("w"), shift("9223372036854775807y")), (None, None));
    }
}
