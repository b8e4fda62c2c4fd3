//! What a check found: how often it looked, and what was wrong.

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde_json::Value;

/// How many differences of one value are shown.
const SHOWN: usize = 3;

/// Counts checks and gathers failures.
#[derive(Default)]
pub struct Findings {
    pub checks: usize,
    /// What is wrong with which operation, and the rounds in which it showed.
    failures: BTreeMap<(String, String), Vec<String>>,
    operation: String,
    round: String,
}

impl Findings {
    /// Names the place of the checks that follow.
    pub fn at(&mut self, operation: &str, round: &str) {
        self.operation = operation.to_owned();
        self.round = round.to_owned();
    }

    pub fn fail(&mut self, what: impl Into<String>) {
        let rounds = self
            .failures
            .entry((self.operation.clone(), what.into()))
            .or_default();
        rounds.push(self.round.clone());
    }

    /// All failures, one a line.
    pub fn lines(&self) -> Vec<String> {
        let line = |((operation, what), rounds): (&(String, String), &Vec<String>)| {
            format!("{operation} ({}): {what}", rounds.join(", "))
        };
        self.failures.iter().map(line).collect()
    }

    pub fn expect(&mut self, right: bool, what: impl FnOnce() -> String) {
        self.checks += 1;
        if !right {
            self.fail(what());
        }
    }

    pub fn same<T: PartialEq + Debug>(&mut self, what: &str, expected: T, found: T) {
        let differ = expected != found;
        self.expect(!differ, || {
            format!("{what} is {found:?} instead of {expected:?}")
        });
    }

    /// Compares JSON and names the first places where it differs.
    pub fn same_json(&mut self, what: &str, expected: &Value, found: &Value) {
        self.checks += 1;
        let mut differences = Vec::new();
        differ(expected, found, what.to_owned(), &mut differences);
        let more = differences.len().saturating_sub(SHOWN);
        for difference in differences.into_iter().take(SHOWN) {
            self.fail(difference);
        }
        if more > 0 {
            self.fail(format!("{what} differs in {more} more places"));
        }
    }
}

fn differ(expected: &Value, found: &Value, at: String, differences: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            for (name, value) in expected {
                match found.get(name) {
                    Some(found) => differ(value, found, format!("{at}.{name}"), differences),
                    None => {
                        differences.push(format!("{at}.{name} is missing, it should be {value}"))
                    }
                }
            }
            let more = found
                .iter()
                .filter(|(name, _)| !expected.contains_key(*name));
            differences
                .extend(more.map(|(name, value)| format!("{at}.{name} is too much: {value}")));
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            for (index, (expected, found)) in expected.iter().zip(found).enumerate() {
                differ(expected, found, format!("{at}[{index}]"), differences);
            }
        }
        _ if expected != found => {
            differences.push(format!("{at} is {found} instead of {expected}"))
        }
        _ => {}
    }
}
