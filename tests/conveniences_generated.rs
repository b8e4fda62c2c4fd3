//! What the build script makes of lists of ids, and of operations that a description names.
#![allow(clippy::expect_used, clippy::panic)]

#[path = "../build/mod.rs"]
#[allow(dead_code, unreachable_pub)]
mod build;
#[path = "support/demo.rs"]
mod demo;

use std::path::Path;

use demo::DEMO;

/// A service whose list of things has `details` and whose things are read at `object`.
fn generate(name: &str, details: &str, object: &str) -> Result<String, String> {
    let spec = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("conveniences-{name}-{}", std::process::id()));
    let folder = spec.join(DEMO.folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("thing.yaml"), description(details, object)).expect("a file");
    let all = [DEMO.feature].into_iter().collect();
    let generated = build::generate(&spec, &DEMO, &all);
    std::fs::remove_dir_all(&spec).expect("the folder is removed");
    generated
        .map(|generated| generated.code)
        .map_err(|problems| {
            problems
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
        })
}

fn description(details: &str, object: &str) -> String {
    let parameters: String = object
        .split('{')
        .skip(1)
        .filter_map(|part| part.split('}').next())
        .map(|name| format!("{{ name: {name}, in: path, required: true, description: An id., schema: {{ type: string }} }},"))
        .collect();
    format!(
        "openapi: 3.0.3
info: {{ title: Demo, version: '1', description: A demonstration. }}
tags: [{{ name: Thing }}]
paths:
  /boxes/{{box}}/things:
    get:
      operationId: thing_list
      summary: List the ids of things.
      description: Read one with `thing_get` or `thing().get()`; `things` and `thing_put` are no operations.
      x-details: {details}
      parameters: [{{ name: box, in: path, required: true, description: A box., schema: {{ type: string }} }}]
      responses: {{ '200': {{ description: Ids., content: {{ application/json: {{ schema: {{ $ref: '#/components/schemas/ThingIds' }} }} }} }} }}
  {object}:
    get:
      operationId: thing_get
      summary: Get a thing.
      parameters: [{parameters}]
      responses: {{ '200': {{ description: It., content: {{ application/json: {{ schema: {{ $ref: '#/components/schemas/Thing' }} }} }} }} }}
components:
  schemas:
    Thing:
      {{ type: object, description: A thing., required: [id], properties: {{ id: {{ type: string, description: Its id. }} }} }}
    ThingIds:
      type: object
      description: Ids of things.
      required: [things, count]
      properties:
        things: {{ type: array, description: The ids., items: {{ type: string }} }}
        count: {{ type: integer, description: How many. }}
"
    )
}

const DETAILS: &str = "{ items: things, get: thing_get }";

fn plain(code: &str) -> String {
    code.split_whitespace().collect()
}

#[test]
fn a_list_of_ids_gets_details_that_share_its_path_values() {
    for (name, object, shared) in [
        ("shared", "/boxes/{box}/things/{id}", 1),
        ("own", "/things/{id}", 0),
    ] {
        let code = generate(name, DETAILS, object).unwrap_or_else(|problems| panic!("{problems}"));
        let code = plain(&code);
        assert!(
            code.contains("pubfndetails(self)->crate::Details<types::Thing>"),
            "{code}"
        );
        assert!(
            code.contains(&format!("&operations::THING_GET,{shared}")),
            "{code}"
        );
    }
}

#[test]
fn details_that_cannot_be_read_are_refused_with_their_place() {
    let cases = [
        (
            "unknown",
            "{ items: things, get: thing_read }",
            "/things/{id}",
            "has ids that \"thing_read\" does not read",
        ),
        (
            "other",
            DETAILS,
            "/bags/{bag}/things/{id}",
            "has ids that \"thing_get\" does not read",
        ),
        (
            "plain",
            DETAILS,
            "/thing",
            "has ids that \"thing_get\" does not read",
        ),
        (
            "absent",
            "{ items: ids, get: thing_get }",
            "/things/{id}",
            "has no list of ids \"ids\"",
        ),
        (
            "number",
            "{ items: count, get: thing_get }",
            "/things/{id}",
            "has no list of ids \"count\"",
        ),
    ];
    for (name, details, object, problem) in cases {
        let problems = generate(name, details, object).expect_err(name);
        assert!(problems.contains(problem), "{problems}");
        assert!(
            problems.contains("thing.yaml, operation thing_list"),
            "{problems}"
        );
    }
}

#[test]
fn operations_that_are_named_become_links() {
    let code =
        generate("links", DETAILS, "/things/{id}").unwrap_or_else(|problems| panic!("{problems}"));
    let link = "[`thing().get()`](crate::demo::thing::Thing::get)";
    let sentence =
        format!("Read one with {link} or {link}; `things` and `thing_put` are no operations.");
    assert!(code.contains(&sentence), "{code}");
}
