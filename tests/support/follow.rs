//! What follows a first answer: the second page of a list, the status of a long task, another attempt.

use std::future::Future;
use std::pin::Pin;

use serde_json::{Value, json};
use spacewright::testing::wiremock::ResponseTemplate;
use url::form_urlencoded;

use super::findings::Findings;
use super::operation::{Operation, Place, operations};
use super::sample::{Sample, as_sent};
use super::service::{Calls, Service};
use super::spec::Spec;
use super::stage::{Seen, Stage};
use super::values::{Mode, Sender, Values};

/// A client whose operations are followed by their ids, as the generated `follow` does.
pub trait Follows {
    fn follow<'a>(
        &'a self,
        id: &'a str,
        sample: &'a Sample,
    ) -> Option<Pin<Box<dyn Future<Output = ()> + 'a>>>;
}

impl Service {
    /// Asks every list for its second page and every long task for its status: the requests are those
    /// that the description asks for. Of the styles of paging, `offset` and `cursor` are known here.
    pub async fn check_followed<C: Follows>(&self, connect: impl FnOnce(&str) -> C) {
        let (spec, stage) = (Spec::load(self.folder), Stage::open().await);
        let client = connect(&format!("{}{}", stage.uri(), self.prefix));
        let operations = operations(&spec);
        let mut findings = Findings::default();
        for operation in &operations {
            findings.at(&operation.id, "followed");
            let sample = Sample::new(&spec, operation, Mode::Full, 0);
            let answer = first_answer(&spec, operation, &sample);
            stage.play(ResponseTemplate::new(operation.success[0].status).set_body_json(&answer));
            let followed = client.follow(&operation.id, &sample);
            let due = operation.paging.is_some() || operation.polled_by.is_some();
            findings.same("whether something follows", due, followed.is_some());
            if let Some(followed) = followed {
                followed.await;
                let seen = stage.take();
                match seen.get(1) {
                    None => findings.fail("nothing follows the first answer"),
                    Some(seen) => {
                        check_page(operation, &sample, seen, &mut findings);
                        self.check_poll(&operations, operation, &answer, seen, &mut findings);
                    }
                }
            }
        }
        assert_eq!(findings.lines(), [""; 0], "{}", self.name);
    }

    /// A long task is polled with the operation that the description names, and the task's own id.
    fn check_poll(
        &self,
        operations: &[Operation],
        operation: &Operation,
        answer: &Value,
        seen: &Seen,
        findings: &mut Findings,
    ) {
        let Some(polled_by) = &operation.polled_by else {
            return;
        };
        let poll = operations.iter().find(|other| other.id == *polled_by);
        let poll = poll.unwrap_or_else(|| panic!("there is no {polled_by}"));
        let mut path = format!("{}{}", self.prefix, poll.path);
        if let Some(property) = &operation.task {
            let hole = poll.placed(Place::Path).next().expect("it takes the id");
            path = path.replace(&format!("{{{}}}", hole.name), &as_sent(&answer[property]));
        }
        let found = percent_encoding::percent_decode_str(&seen.path).decode_utf8_lossy();
        findings.same("the path of the poll", path.as_str(), &found);
        findings.same("the method of the poll", poll.method.as_str(), &seen.method);
    }

    /// A server that is busy: what may be sent again is, and nothing else. Each operation has a client of
    /// its own, so that no budget runs out.
    pub async fn check_attempts<C: Calls>(&self, connect: impl Fn(&str) -> C) {
        let (spec, stage) = (Spec::load(self.folder), Stage::open().await);
        let mut findings = Findings::default();
        stage.play(ResponseTemplate::new(503));
        for operation in operations(&spec) {
            findings.at(&operation.id, "503");
            let client = connect(&format!("{}{}", stage.uri(), self.prefix));
            let sample = Sample::new(&spec, &operation, Mode::Full, 0);
            let failed = client.call(&operation.id, &sample).await.outcome.is_err();
            findings.expect(failed, || "a 503 is no error".to_owned());
            let attempts = if operation.repeats { 2 } else { 1 };
            findings.same("the number of attempts", attempts, stage.take().len());
        }
        assert_eq!(findings.lines(), [""; 0], "{}", self.name);
    }
}

/// Where the page that a list begins with ends: beside the position, in a cursor.
const CURSOR: &str = "content:false:7";

/// The first page of a list, with a second one behind it; for a long task, the answer that names it.
fn first_answer(spec: &Spec, operation: &Operation, sample: &Sample) -> Value {
    let Some((_, schema)) = &operation.success[0].content else {
        return Value::Null;
    };
    let mut answer = Values::new(spec, Mode::Full, Sender::Server, 0).make(schema, "answer");
    if let Some(property) = &operation.task
        && answer[property].is_string()
    {
        answer[property] = json!("task 7/ä");
    }
    let Some(paging) = &operation.paging else {
        return answer;
    };
    match paging["style"].as_str() {
        Some("offset") => {
            let (start, end) = (sample.integer("start"), sample.integer("start") + 2);
            let next = format!("/list?start={end}&limit=2");
            for (name, value) in [("start", start), ("limit", 2), ("size", 2)] {
                answer[name] = json!(value);
            }
            answer["_links"] = json!({ "next": next });
        }
        _ => answer["nextCursor"] = json!(CURSOR),
    }
    answer
}

/// The second page is asked for by its position, under the name that the description says, and with all
/// else that the first one was asked for.
fn check_page(operation: &Operation, sample: &Sample, seen: &Seen, findings: &mut Findings) {
    let Some(paging) = &operation.paging else {
        return;
    };
    let style = paging["style"].as_str().unwrap_or_default();
    // The last item of a page may be asked for again, to see whether the list has moved.
    let (default, positions) = match style {
        "offset" => {
            let start = sample.integer("start");
            ("start", [start + 1, start + 2].map(|it| it.to_string()))
        }
        "cursor" => ("cursor", [CURSOR, CURSOR].map(str::to_owned)),
        other => return findings.fail(format!("the style {other} is not known here")),
    };
    let name = paging[default].as_str().unwrap_or(default);
    let query: Vec<(String, String)> = form_urlencoded::parse(seen.query.as_bytes())
        .into_owned()
        .collect();
    for parameter in operation.placed(Place::Query) {
        let own = query.iter().filter(|(other, _)| *other == parameter.name);
        let found: Vec<&str> = own.map(|(_, value)| value.as_str()).collect();
        let limit = paging["limit"].as_str().unwrap_or("limit");
        if parameter.name == name {
            let right = matches!(found[..], [found] if positions.iter().any(|it| it == found));
            findings.expect(right, || {
                format!("the second page is asked for at {found:?} instead of {positions:?}")
            });
        } else if parameter.name != limit {
            let kept = match &sample.values[&parameter.name] {
                Value::Array(items) if parameter.repeats => items.len(),
                _ => 1,
            };
            let what = format!("how often the second page's query has {}", parameter.name);
            findings.same(&what, kept, found.len());
        }
    }
}
