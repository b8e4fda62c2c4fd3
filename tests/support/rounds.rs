//! The rounds of an operation: a call, a request to be checked, an answer to be checked.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use spacewright::ErrorKind;

use super::answer::{Answer, Gives, failures, successes};
use super::called::{Called, Got, Taken};
use super::check::Expected;
use super::findings::Findings;
use super::operation::Operation;
use super::sample::Sample;
use super::service::{Calls, Service};
use super::spec::Spec;
use super::stage::{Seen, Stage};
use super::values::Mode;

/// What all rounds of a service share.
pub struct Play<'a> {
    pub service: &'a Service,
    pub spec: &'a Spec,
    pub stage: &'a Stage,
    pub client: &'a dyn Calls,
}

impl Play<'_> {
    /// Plays every round of an operation.
    pub async fn rounds(&self, operation: &Operation, findings: &mut Findings) {
        let mut answers = successes(self.spec, operation);
        answers.extend(failures(self.service));
        for (turn, answer) in answers.iter().enumerate() {
            let mode = if turn == 0 { Mode::Minimal } else { Mode::Full };
            let sample = Sample::new(self.spec, operation, mode, turn);
            self.round(operation, &sample, answer, findings).await;
        }
        // A body may have more forms than there are answers.
        let turns = Sample::new(self.spec, operation, Mode::Full, 0).turns;
        for turn in answers.len()..turns {
            let sample = Sample::new(self.spec, operation, Mode::Full, turn);
            self.round(operation, &sample, &answers[0], findings).await;
        }
    }

    async fn round(
        &self,
        operation: &Operation,
        sample: &Sample,
        answer: &Answer,
        findings: &mut Findings,
    ) {
        findings.at(&operation.id, &answer.name);
        self.stage.play(answer.template.clone());
        let call = AssertUnwindSafe(self.client.call(&operation.id, sample));
        let called = call.catch_unwind().await;
        let seen = self.stage.take();
        match called {
            Err(panic) => findings.fail(format!("the call panicked: {}", message(&panic))),
            Ok(called) => {
                self.check_requests(operation, sample, &seen, &called, findings);
                check_answer(operation, answer, called, findings);
            }
        }
    }

    /// One call is one request.
    fn check_requests(
        &self,
        operation: &Operation,
        sample: &Sample,
        seen: &[Seen],
        called: &Called,
        findings: &mut Findings,
    ) {
        match seen {
            [seen] => {
                let (spec, prefix) = (self.spec, self.service.prefix);
                Expected {
                    spec,
                    operation,
                    sample,
                    prefix,
                }
                .check(seen, findings);
            }
            [] => {
                let why = called.outcome.as_ref().err().map(chain).unwrap_or_default();
                findings.fail(format!("nothing was sent: {why}"));
            }
            many => findings.fail(format!("{} requests were sent instead of one", many.len())),
        }
    }
}

fn check_answer(operation: &Operation, answer: &Answer, called: Called, findings: &mut Findings) {
    match (&answer.gives, called.outcome) {
        (Gives::Value(expected), Ok(got)) => check_value(answer.status, expected, &got, findings),
        (Gives::Value(_), Err(error)) => {
            findings.fail(format!("the answer was refused: {}", chain(&error)))
        }
        (_, Ok(_)) => findings.fail(format!("status {} gave no error", answer.status)),
        (gives, Err(error)) => {
            let status = error.status().map(|status| status.as_u16());
            findings.same("the error's status", Some(answer.status), status);
            findings.same(
                "the error's operation",
                Some(operation.id.as_str()),
                error.operation(),
            );
            check_reason(gives, &error, findings);
        }
    }
}

fn check_reason(gives: &Gives, error: &spacewright::Error, findings: &mut Findings) {
    match gives {
        Gives::NotFound(says) => {
            findings.same("the kind of the error", ErrorKind::NotFound, error.kind());
            let said = error.api().map(|api| api.messages().join("; "));
            let right = said.as_ref().is_some_and(|said| said.contains(says));
            findings.expect(right, || {
                format!("the error says {said:?} instead of {says:?}")
            });
        }
        _ => findings.same("the kind of the error", ErrorKind::Html, error.kind()),
    }
}

fn check_value(status: u16, expected: &Taken, got: &Got, findings: &mut Findings) {
    findings.same("the status", status, got.status);
    match (expected, &got.value) {
        (Taken::Json(expected), Taken::Json(value)) => {
            findings.same_json("answer", expected, value)
        }
        (Taken::Bytes(expected), Taken::Bytes(bytes)) => {
            findings.expect(expected == bytes, || {
                format!("{} bytes arrived changed", bytes.len())
            });
        }
        (expected, value) => findings.expect(expected == value, || {
            format!("the answer is {value:?} instead of {expected:?}")
        }),
    }
}

/// An error and all that it was caused by.
fn chain(error: &spacewright::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

fn message(panic: &Box<dyn std::any::Any + Send>) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    text.unwrap_or_default()
}
