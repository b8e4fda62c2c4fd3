//! The check of operations is itself checked: it finds nothing wrong with a right request, and
//! what is wrong with each wrong one.

#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use support::Sample;
use support::check::Expected;
use support::declared::{add_undeclared, change_tags, declared};
use support::findings::Findings;
use support::operation::{Operation, operations};
use support::schema::{Kind, kind};
use support::spec::Spec;
use support::stage::Seen;
use support::validate::violations;
use support::values::{Mode, Sender, Values};

const FOLDERS: [&str; 5] = [
    "confluence-dc",
    "confluence-cloud/v1",
    "confluence-cloud/v2",
    "onezone",
    "workspaces",
];

const SHARED: &str = r"
components:
  schemas:
    Page:
      properties:
        items: { type: array, items: { $ref: '#/components/schemas/Shape' } }
        when: { type: string, format: date-time }
        parent: { $ref: '#/components/schemas/Page' }
    Shape:
      oneOf: [{ $ref: '#/components/schemas/Circle' }, { $ref: '#/components/schemas/Square' }]
      discriminator:
        propertyName: type
        mapping: { circle: '#/components/schemas/Circle', square: '#/components/schemas/Square' }
    Circle:
      required: [type, radius]
      properties: { type: { type: string }, radius: { type: integer }, colour: { $ref: '#/components/schemas/Colour' } }
    Square:
      required: [type]
      properties: { type: { type: string }, side: { type: number } }
    Colour: { type: string, enum: [red, green] }
";

const GROUP: &str = r"
paths:
  /files/{path}:
    get:
      operationId: file_get
      parameters: [{ name: path, in: path, x-segments: true, schema: { type: string } }]
      responses: { '204': { description: done } }
  /api/{group}/things/{thing}:
    parameters: [{ name: group, in: path, schema: { type: string } }]
    put:
      operationId: thing_update
      x-header: { X-Fixed: fixed }
      parameters:
        - { name: thing, in: path, schema: { type: string } }
        - { name: tag, in: query, schema: { type: array, items: { type: string } } }
        - { name: expand, in: query, explode: false, schema: { type: array, items: { type: string } } }
        - { name: limit, in: query, schema: { type: integer } }
        - { name: X-Version, in: header, schema: { $ref: './shared.yaml#/components/schemas/Colour' } }
      requestBody:
        content: { application/json: { schema: { $ref: './shared.yaml#/components/schemas/Page' } } }
      responses:
        200: { content: { application/json: { schema: { $ref: './shared.yaml#/components/schemas/Page' } } } }
    post:
      operationId: thing_upload
      parameters: [{ name: thing, in: path, schema: { type: string } }]
      requestBody:
        content:
          multipart/form-data:
            schema:
              required: [file]
              properties: { file: { type: string, format: binary }, comment: { type: string } }
      responses: { '204': { description: done } }
";

fn example() -> Spec {
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    Spec::parse([file("shared.yaml", SHARED), file("group.yaml", GROUP)])
}

fn find(spec: &Spec, id: &str) -> Operation {
    operations(spec)
        .into_iter()
        .find(|operation| operation.id == id)
        .unwrap()
}

fn escape(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// A request for `thing_update` as it should be, written by other code than a client's.
fn right(sample: &Sample) -> Seen {
    let (tags, expand) = (sample.texts("tag"), sample.texts("expand"));
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Seen {
        method: "PUT".to_owned(),
        path: format!(
            "/base/api/{}/things/{}",
            escape(&sample.text("group")),
            escape(&sample.text("thing"))
        ),
        query: format!(
            "tag={}&limit={}&tag={}&expand={}",
            escape(&tags[0]),
            sample.integer("limit"),
            escape(&tags[1]),
            escape(&expand.join(","))
        ),
        headers: vec![
            pair("authorization", "Bearer t"),
            pair("accept", "application/json"),
            pair("content-type", "application/json"),
            pair("x-fixed", "fixed"),
            pair("x-version", &sample.text("X-Version")),
        ],
        body: sample.body.as_ref().unwrap().to_string().into_bytes(),
    }
}

/// What the check says of a request that `change` made wrong.
fn said(change: impl FnOnce(&mut Seen)) -> String {
    let spec = example();
    let operation = find(&spec, "thing_update");
    let sample = Sample::new(&spec, &operation, Mode::Full, 0);
    let mut seen = right(&sample);
    change(&mut seen);
    let mut findings = Findings::default();
    findings.at(&operation.id, "example");
    let expected = Expected {
        spec: &spec,
        operation: &operation,
        sample: &sample,
        prefix: "/base",
    };
    expected.check(&seen, &mut findings);
    findings.lines().join("\n")
}

/// Changes the JSON body of a request.
fn edit(seen: &mut Seen, change: impl FnOnce(&mut Value)) {
    let mut body = serde_json::from_slice(&seen.body).unwrap();
    change(&mut body);
    seen.body = body.to_string().into_bytes();
}

#[track_caller]
fn assert_said(said: &str, wanted: &str) {
    assert!(
        said.contains(wanted),
        "it should say {wanted:?}, it says:\n{said}"
    );
}

#[test]
fn a_right_request_passes() {
    assert_eq!(said(|_| {}), "");
}

#[test]
fn a_wrong_method_or_path_is_found() {
    assert_said(
        &said(|seen| seen.method = "POST".to_owned()),
        "the method is \"POST\"",
    );
    assert_said(
        &said(|seen| seen.path = seen.path.replace("/base", "")),
        "is not below /base",
    );
    assert_said(
        &said(|seen| seen.path = seen.path.replace("%2F", "/")),
        "does not fit /api/{group}",
    );
    assert_said(
        &said(|seen| seen.path = seen.path.replace("things", "thing")),
        "a segment of the path is \"thing\" instead of \"things\"",
    );
    assert_said(&said(|seen| seen.path.push('/')), "does not fit");
    // Escaped twice, and two values that changed places.
    assert_said(
        &said(|seen| seen.path = seen.path.replace("%2F", "%252F")),
        "a segment of the path",
    );
    let swap = |seen: &mut Seen| {
        let parts: Vec<&str> = seen.path.split('/').collect();
        seen.path = format!("/base/api/{}/things/{}", parts[5], parts[3]);
    };
    assert_said(&said(swap), "a segment of the path");
}

#[test]
fn a_value_of_several_segments_keeps_its_slashes() {
    let spec = example();
    let operation = find(&spec, "file_get");
    let sample = Sample::new(&spec, &operation, Mode::Full, 0);
    let said = |path: String| {
        let mut findings = Findings::default();
        let expected = Expected {
            spec: &spec,
            operation: &operation,
            sample: &sample,
            prefix: "",
        };
        expected.check_path(
            &Seen {
                path,
                ..Seen::default()
            },
            &mut findings,
        );
        findings.lines().join("\n")
    };
    let right: Vec<String> = sample.text("path").split('/').map(escape).collect();
    assert_eq!(said(format!("/files/{}", right.join("/"))), "");
    assert_said(
        &said(format!("/files/{}", right.join("%2F"))),
        "does not fit /files/{path}",
    );
}

#[test]
fn a_wrong_query_is_found() {
    assert_said(
        &said(|seen| seen.query = seen.query.replace("limit=", "limits=")),
        "the query parameter limit is []",
    );
    assert_said(
        &said(|seen| seen.query = seen.query.replace("limit=", "limits=")),
        "the undeclared limits",
    );
    assert_said(
        &said(|seen| seen.query = seen.query.replace("limit=1", "limit=2")),
        "the query parameter limit",
    );
    assert_said(
        &said(|seen| seen.query = seen.query.replace("%2C", "&expand=")),
        "the query parameter expand",
    );
    assert_said(
        &said(|seen| seen.query = seen.query.replacen("&tag=", ",", 1)),
        "the query parameter tag",
    );
    assert_said(
        &said(|seen| seen.query = seen.query.replace("%2B", "+")),
        "the query parameter tag",
    );
    assert_said(
        &said(|seen| seen.query.push_str("&limit=1")),
        "the query parameter limit",
    );
}

#[test]
fn a_wrong_header_is_found() {
    let header = |name: &str| (name.to_owned(), "1".to_owned());
    assert_said(
        &said(|seen| seen.headers.push(header("api-version"))),
        "the undeclared header api-version",
    );
    assert_said(
        &said(|seen| seen.headers.push(header("x-version"))),
        "the header x-version",
    );
    assert_said(
        &said(|seen| seen.headers.retain(|(name, _)| name != "x-fixed")),
        "the header x-fixed is []",
    );
    assert_said(
        &said(|seen| seen.headers.retain(|(name, _)| name != "accept")),
        "Accept is \"\"",
    );
    assert_said(
        &said(|seen| seen.headers.retain(|(name, _)| name != "content-type")),
        "the type of the body",
    );
    assert_said(
        &said(|seen| seen.headers.retain(|(name, _)| name != "authorization")),
        "the credential",
    );
}

#[test]
fn a_wrong_body_is_found() {
    assert_said(&said(|seen| seen.body.truncate(9)), "the body is no JSON");
    let lost = |body: &mut Value| drop(body["items"][0].as_object_mut().unwrap().remove("radius"));
    assert_said(
        &said(|seen| edit(seen, lost)),
        "body.items[0].radius is missing",
    );
    assert_said(
        &said(|seen| edit(seen, lost)),
        "body.items[0].radius is required but not there",
    );
    let null = |body: &mut Value| body["more"] = Value::Null;
    assert_said(
        &said(|seen| edit(seen, null)),
        "body.more is too much: null",
    );
    assert_said(&said(|seen| edit(seen, null)), "body.more is not declared");
    let text = |body: &mut Value| body["items"][0]["radius"] = json!("7");
    assert_said(
        &said(|seen| edit(seen, text)),
        "body.items[0].radius is of another type",
    );
    let colour = |body: &mut Value| body["items"][0]["colour"] = json!("blue");
    assert_said(
        &said(|seen| edit(seen, colour)),
        "body.items[0].colour is not one of the values",
    );
    let member = |body: &mut Value| body["items"][1]["type"] = json!("oval");
    assert_said(
        &said(|seen| edit(seen, member)),
        "body.items[1] is no member of its union",
    );
}

#[test]
fn a_wrong_multipart_body_is_found() {
    let spec = example();
    let operation = find(&spec, "thing_upload");
    let sample = Sample::new(&spec, &operation, Mode::Full, 0);
    let said = |body: Vec<u8>| {
        let mut seen = right(&Sample::new(
            &spec,
            &find(&spec, "thing_update"),
            Mode::Full,
            0,
        ));
        let path = format!("/api/{}/things/{}", "x", "y");
        seen.path = path;
        seen.headers[2].1 = "multipart/form-data; boundary=B".to_owned();
        seen.body = body;
        let mut findings = Findings::default();
        let expected = Expected {
            spec: &spec,
            operation: &operation,
            sample: &sample,
            prefix: "/base",
        };
        expected.check(&seen, &mut findings);
        findings.lines().join("\n")
    };
    let file = &sample.files["file"];
    let head =
        |rest: &str| format!("--B\r\nContent-Disposition: form-data; {rest}\r\n\r\n").into_bytes();
    let comment = || {
        [
            head("name=\"comment\""),
            sample.text("comment").into_bytes(),
        ]
        .concat()
    };
    let upload = |name: &str, content: &[u8]| {
        let names = format!("name=\"file\"; filename=\"{name}\"\r\nContent-Type: image/png");
        [
            b"\r\n".to_vec(),
            head(&names),
            content.to_vec(),
            b"\r\n--B--\r\n".to_vec(),
        ]
        .concat()
    };
    let whole = said([comment(), upload(&file.name, &file.content)].concat());
    assert!(
        !whole.contains("part") && !whole.contains("body"),
        "{whole}"
    );
    let short = &file.content[1..];
    assert_said(
        &said([comment(), upload(&file.name, short)].concat()),
        "the content of the part file",
    );
    assert_said(
        &said([comment(), upload("other", &file.content)].concat()),
        "the list of parts",
    );
    assert_said(
        &said(upload(&file.name, &file.content)[2..].to_vec()),
        "the list of parts",
    );
    assert_said(
        &said(comment()),
        "the multipart body is broken: a part does not end",
    );
}

#[test]
fn answers_lose_what_is_not_declared_and_nothing_else() {
    let spec = example();
    let schema = &find(&spec, "thing_update").success[0]
        .content
        .clone()
        .unwrap()
        .1;
    let full = Values::new(&spec, Mode::Full, Sender::Server, 0).make(schema, "answer");
    assert_eq!(violations(&spec, schema, &full, "full"), [""; 0]);
    assert_eq!(declared(&spec, schema, &full), full);
    let mut more = full.clone();
    add_undeclared(&spec, schema, &mut more);
    assert_ne!(more["items"][1], full["items"][1]);
    assert_eq!(declared(&spec, schema, &more), full);
    let nulls = Values::new(&spec, Mode::Nulls, Sender::Server, 0).make(schema, "answer");
    assert_eq!(
        nulls,
        json!({ "items": null, "when": null, "parent": null })
    );
    assert_eq!(declared(&spec, schema, &nulls), json!({}));
    // A member that nobody knows is kept with all it has.
    assert!(change_tags(&spec, schema, &mut more));
    assert_eq!(declared(&spec, schema, &more)["items"], more["items"]);
}

/// What is sampled from the real descriptions fits them.
#[test]
fn samples_fit_their_schemas() {
    for folder in FOLDERS {
        let spec = Spec::load(folder);
        for operation in operations(&spec) {
            for mode in [Mode::Full, Mode::Minimal] {
                let broken = broken_samples(&spec, &operation, mode);
                assert!(
                    broken.is_empty(),
                    "{folder} {} {mode:?}: {broken:?}",
                    operation.id
                );
            }
        }
    }
}

fn broken_samples(spec: &Spec, operation: &Operation, mode: Mode) -> Vec<String> {
    let mut broken = Vec::new();
    let sample = Sample::new(spec, operation, mode, 0);
    if let (Some(declared), Some(body)) = (&operation.body, &sample.body) {
        broken.extend(violations(spec, &declared.schema, body, "body"));
    }
    for (_, schema) in operation
        .success
        .iter()
        .filter_map(|success| success.content.as_ref())
    {
        let answer = Values::new(spec, mode, Sender::Server, 0).make(schema, "answer");
        broken.extend(violations(spec, schema, &answer, "answer"));
    }
    broken
}

/// Every property of every answer is sent at least once, however deep it lies.
#[test]
fn samples_hold_every_property_of_the_answers() {
    for folder in FOLDERS {
        let spec = Spec::load(folder);
        let (mut described, mut sampled) = (BTreeSet::new(), BTreeSet::new());
        for operation in operations(&spec) {
            for (_, schema) in operation
                .success
                .iter()
                .filter_map(|success| success.content.as_ref())
            {
                add_described(&spec, schema, &mut described);
                let mut values = Values::new(&spec, Mode::Full, Sender::Server, 0);
                add_sampled(&spec, schema, &values.make(schema, "answer"), &mut sampled);
                for turn in 1..values.turns() {
                    let answer =
                        Values::new(&spec, Mode::Full, Sender::Server, turn).make(schema, "answer");
                    add_sampled(&spec, schema, &answer, &mut sampled);
                }
            }
        }
        let missing: Vec<_> = described.difference(&sampled).collect();
        assert!(missing.is_empty(), "{folder}: never sampled: {missing:?}");
    }
}

/// Adds the properties that `schema` leads to.
fn add_described(spec: &Spec, schema: &Value, found: &mut BTreeSet<String>) {
    match kind(spec, schema) {
        Kind::List(inner) | Kind::Map(Some(inner)) => add_described(spec, inner, found),
        Kind::Union(union) => union
            .members
            .iter()
            .for_each(|m| add_described(spec, m.schema, found)),
        Kind::Object(object) => {
            for (name, property) in object.properties {
                if found.insert(format!("{schema}.{name}")) {
                    add_described(spec, property, found);
                }
            }
        }
        _ => {}
    }
}

/// Adds the properties that `value` has.
fn add_sampled(spec: &Spec, schema: &Value, value: &Value, found: &mut BTreeSet<String>) {
    match kind(spec, schema) {
        Kind::List(items) => {
            value
                .as_array()
                .into_iter()
                .flatten()
                .for_each(|value| add_sampled(spec, items, value, found));
        }
        Kind::Map(Some(values)) => {
            let entries = value.as_object().into_iter().flatten();
            entries.for_each(|(_, value)| add_sampled(spec, values, value, found));
        }
        Kind::Union(union) => {
            if let Some(member) = union.tagged(value) {
                add_sampled(spec, member.schema, value, found);
            }
        }
        Kind::Object(object) => {
            for (name, property) in object.properties {
                if let Some(value) = value.get(name) {
                    found.insert(format!("{schema}.{name}"));
                    add_sampled(spec, property, value, found);
                }
            }
        }
        _ => {}
    }
}
