//! What a server answers, and what the caller must get for it.

use serde_json::{Value, json};
use spacewright::testing::wiremock::ResponseTemplate;

use super::called::Taken;
use super::declared::{add_undeclared, change_tags, declared};
use super::operation::{Operation, Success};
use super::sample::as_sent;
use super::schema::{Kind, kind};
use super::service::Service;
use super::spec::Spec;
use super::values::{Mode, Sender, Values};

/// One answer.
pub struct Answer {
    pub name: String,
    pub status: u16,
    pub template: ResponseTemplate,
    pub gives: Gives,
}

/// What the caller must get.
pub enum Gives {
    Value(Taken),
    /// The error that says "not found" with these words of the service.
    NotFound(&'static str),
    /// The error that says that a page came.
    Page,
}

/// Every answer of success that a server may give to an operation.
pub fn successes(spec: &Spec, operation: &Operation) -> Vec<Answer> {
    let one = |success: &Success| match &success.content {
        _ if operation.created => vec![created(success)],
        None => empty(success),
        Some((media_type, schema)) => content(spec, operation, success.status, media_type, schema),
    };
    operation.success.iter().flat_map(one).collect()
}

/// A failure that the service explains, and one from something before it.
pub fn failures(service: &Service) -> Vec<Answer> {
    let page = "<!DOCTYPE html><html><body><h1>Proxy error</h1></body></html>";
    vec![
        Answer {
            name: "404".to_owned(),
            status: 404,
            template: ResponseTemplate::new(404).set_body_json((service.not_found)()),
            gives: Gives::NotFound(service.says),
        },
        Answer {
            name: "500 with a page".to_owned(),
            status: 500,
            template: ResponseTemplate::new(500).set_body_raw(page, "text/html"),
            gives: Gives::Page,
        },
    ]
}

/// The prefix of `Location` differs between versions of the server: only its end counts.
fn created(success: &Success) -> Answer {
    let id = "f7b3c9e1a2d4chafe8";
    let location = format!("https://internal:8443/api/v3/elsewhere/things/{id}");
    let template = ResponseTemplate::new(success.status).insert_header("location", location);
    value("created", success.status, template, Taken::Json(json!(id)))
}

/// An answer without content, and one with content that nobody asked for.
fn empty(success: &Success) -> Vec<Answer> {
    let nothing = || Taken::Json(Value::Null);
    let template = ResponseTemplate::new(success.status);
    let mut answers = vec![value("empty", success.status, template.clone(), nothing())];
    if success.status != 204 {
        let template = template.set_body_json(json!({ "unasked": true }));
        answers.push(value(
            "unasked content",
            success.status,
            template,
            nothing(),
        ));
    }
    answers
}

fn content(
    spec: &Spec,
    operation: &Operation,
    status: u16,
    media_type: &str,
    schema: &Value,
) -> Vec<Answer> {
    let template = ResponseTemplate::new(status);
    match kind(spec, schema) {
        Kind::Text { format: "binary" } => {
            let bytes: Vec<u8> = (0..=255).cycle().take(70_000).collect();
            let sent_as = media_type
                .replace("*/*", "application/octet-stream")
                .replace("/*", "/png");
            let template = template.set_body_raw(bytes.clone(), &sent_as);
            vec![value("download", status, template, Taken::Bytes(bytes))]
        }
        Kind::Text { .. } if !media_type.contains("json") => {
            let template = template.set_body_raw("a text: ä 日", "text/plain; charset=utf-8");
            vec![value(
                "text",
                status,
                template,
                Taken::Json(json!("a text: ä 日")),
            )]
        }
        _ => json_bodies(spec, schema)
            .into_iter()
            .map(|(name, body)| json_answer(spec, operation, status, schema, &name, &body))
            .collect(),
    }
}

/// A typed value must hold what the schema declares of the body; a long task must have its id.
fn json_answer(
    spec: &Spec,
    operation: &Operation,
    status: u16,
    schema: &Value,
    name: &str,
    body: &Value,
) -> Answer {
    let template = ResponseTemplate::new(status).set_body_json(body);
    let taken = match (&operation.task, &operation.only_task) {
        (Some(property), _) => Taken::Task(as_sent(&body[property])),
        (None, Some(status)) => Taken::Task(status.clone()),
        (None, None) => Taken::Json(declared(spec, schema, body)),
    };
    value(name, status, template, taken)
}

/// The bodies that an answer of this schema may have, each with a name.
fn json_bodies(spec: &Spec, schema: &Value) -> Vec<(String, Value)> {
    let make = |mode, turn| Values::new(spec, mode, Sender::Server, turn).make(schema, "answer");
    let within = |mode| {
        Values::new(spec, mode, Sender::Server, 0)
            .full_outside()
            .make(schema, "answer")
    };
    let mut unlisted = make(Mode::Unlisted, 0);
    add_undeclared(spec, schema, &mut unlisted);
    let mut bodies = vec![
        ("minimal".to_owned(), make(Mode::Minimal, 0)),
        ("minimal within".to_owned(), within(Mode::Minimal)),
        ("nulls".to_owned(), make(Mode::Nulls, 0)),
        ("nulls within".to_owned(), within(Mode::Nulls)),
        ("unknown".to_owned(), unlisted.clone()),
    ];
    if change_tags(spec, schema, &mut unlisted) {
        bodies.push(("unknown members".to_owned(), unlisted));
    }
    let mut values = Values::new(spec, Mode::Full, Sender::Server, 0);
    bodies.push(("full".to_owned(), values.make(schema, "answer")));
    let more = (1..values.turns()).map(|turn| (format!("full {turn}"), make(Mode::Full, turn)));
    bodies.extend(more);
    bodies
}

fn value(name: &str, status: u16, template: ResponseTemplate, taken: Taken) -> Answer {
    Answer {
        name: name.to_owned(),
        status,
        template,
        gives: Gives::Value(taken),
    }
}
