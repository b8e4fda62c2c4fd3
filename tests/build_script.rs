//! The build script's own tests: merging, normalising, what is written, and what is said of mistakes.

#[path = "../build/mod.rs"]
#[allow(dead_code, unreachable_pub)]
mod build;
#[path = "support/demo.rs"]
mod demo;

use std::path::{Path, PathBuf};

use build::features::Features;
use build::{Generated, SERVICES, Service, generate};
use demo::DEMO;

/// The folder `spec/` with descriptions of the service, gone after the test.
struct Folder(PathBuf);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = format!("build-script-{}-{count}", std::process::id());
        let spec = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(name)
            .join("spec");
        let folder = spec.join(DEMO.folder);
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        for (name, text) in files {
            std::fs::write(folder.join(name), text).expect("a file can be written");
        }
        Self(spec)
    }

    fn generate(&self) -> Result<Generated, Vec<String>> {
        self.generate_with(&["demo"])
    }

    /// Generates with these features on.
    fn generate_with(&self, features: &[&str]) -> Result<Generated, Vec<String>> {
        generate(&self.0, &DEMO, &features.iter().copied().collect())
            .map_err(|problems| problems.iter().map(ToString::to_string).collect())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A file of one group with these operations and schemas, each indented as it stands in the file.
fn group(paths: &str, schemas: &str) -> String {
    format!(
        "openapi: 3.0.3\ninfo:\n  title: Demo\n  version: '1'\n  description: A demonstration.\ntags:\n  - name: Thing\n\
         paths:\n{paths}\ncomponents:\n  schemas:\n{schemas}\n"
    )
}

/// An operation `thing_get` that answers a `Thing`.
const GET: &str = "
  /things/{id}:
    get:
      operationId: thing_get
      summary: Get a thing.
      parameters:
        - { name: id, in: path, required: true, description: Its id., schema: { type: string } }
      responses:
        '200':
          description: The thing.
          content:
            application/json:
              schema: { $ref: '#/components/schemas/Thing' }";

const THING: &str = "
    Thing:
      type: object
      description: A thing.
      required: [id]
      properties:
        id: { type: string, description: Its id. }";

/// The code for a thing with one more property, or the problems.
fn thing_with(property: &str) -> Result<String, Vec<String>> {
    let schemas = format!("{THING}\n        {property}");
    let folder = Folder::new(&[("thing.yaml", &group(GET, &schemas))]);
    folder.generate().map(|generated| generated.code)
}

/// The only problem of a group file.
fn problem(paths: &str, schemas: &str) -> String {
    let folder = Folder::new(&[("thing.yaml", &group(paths, schemas))]);
    let problems = folder.generate().err().expect("the description is wrong");
    assert_eq!(problems.len(), 1, "{problems:#?}");
    problems.into_iter().next().expect("there is one")
}

/// Code without what formatting adds.
fn squeezed(code: &str) -> String {
    code.split_whitespace().collect()
}

#[track_caller]
fn assert_holds(code: &str, part: &str) {
    assert!(
        squeezed(code).contains(&squeezed(part)),
        "{part:?} is not in\n{code}"
    );
}

#[test]
fn every_bundled_description_is_right_and_generates_the_same_twice() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("spec");
    for service in SERVICES {
        let all: Features = [service.feature].into_iter().collect();
        let once = generate(&root, service, &all);
        let once = once.unwrap_or_else(|problems| panic!("{}: {problems:#?}", service.folder));
        let twice = generate(&root, service, &all).expect("it was right a moment ago");
        assert!(
            once.code == twice.code,
            "{} is written differently each time",
            service.folder
        );
        assert!(
            !once.code.contains(env!("CARGO_MANIFEST_DIR")),
            "a path of this machine is in the code"
        );
    }
}

#[test]
fn files_are_merged_and_references_across_them_resolved() {
    let thing = group(
        &GET.replace("#/", "./common.yaml#/"),
        "    Nothing:\n      type: string\n      description: No.",
    );
    let common = format!(
        "openapi: 3.0.3\ninfo: {{ title: C, version: '1' }}\npaths: {{}}\ncomponents:\n  schemas:\n{THING}\n"
    );
    let folder = Folder::new(&[("thing.yaml", &thing), ("common.yaml", &common)]);
    let code = folder.generate().expect("both files are right").code;
    assert_holds(&code, "pub struct Thing");
    assert_holds(&code, "pub fn get(&self, id: impl AsRef<str>) -> Get");
}

#[test]
fn what_no_operation_reaches_is_not_written() {
    let schemas = format!(
        "{THING}\n    Lonely:\n      type: object\n      description: Unused.\n      properties:\n        a: {{ type: string, description: A. }}"
    );
    let folder = Folder::new(&[("thing.yaml", &group(GET, &schemas))]);
    assert!(
        !folder
            .generate()
            .expect("it is right")
            .code
            .contains("Lonely")
    );
}

#[test]
fn optional_properties_take_null() {
    let code = thing_with("tags: { type: array, items: { type: string }, description: Tags. }")
        .expect("it is right");
    assert_holds(
        &code,
        "#[serde(default, skip_serializing_if = \"Option::is_none\")] pub tags: ::std::option::Option<::std::vec::Vec<::std::string::String>>",
    );
    assert_holds(&code, "pub id: ::std::string::String");
}

#[test]
fn own_types_stand_in_for_formats() {
    for (format, ty) in [
        ("date-time", "crate::Timestamp"),
        ("password", "crate::Secret"),
        ("number-or-text", "crate::NumberOrText"),
    ] {
        let code = thing_with(&format!(
            "it: {{ type: string, format: {format}, description: It. }}"
        ))
        .expect("it is right");
        assert_holds(&code, &format!("pub it: ::std::option::Option<{ty}>"));
    }
}

#[test]
fn names_become_rust_names() {
    let code = thing_with("type: { type: string, description: Its type. }").expect("it is right");
    assert_holds(&code, "#[serde(rename = \"type\")]");
    assert_holds(&code, "pub type_:");
    let code = thing_with("_links: { type: object, description: Links. }").expect("it is right");
    assert_holds(&code, "#[serde(rename = \"_links\")]");
    assert_holds(&code, "pub links:");
}

#[test]
fn enums_are_open() {
    let schemas = format!(
        "{THING}\n        state: {{ $ref: '#/components/schemas/State' }}\n    State:\n      type: string\n      description: A state.\n      enum: [on, off-line, '3']"
    );
    let folder = Folder::new(&[("thing.yaml", &group(GET, &schemas))]);
    let code = folder.generate().expect("it is right").code;
    assert_holds(
        &code,
        "State { #[doc = \"`on`\"] On = \"on\", #[doc = \"`off-line`\"] OffLine = \"off-line\", #[doc = \"`3`\"] V3 = \"3\", }",
    );
}

#[test]
fn unions_have_a_variant_for_each_member() {
    let member = |name: &str| {
        format!(
            "    {name}:\n      type: object\n      description: A {name}.\n      required: [kind, size]\n      properties:\n        kind: {{ type: string, description: Kind. }}\n        size: {{ type: integer, description: Size. }}\n"
        )
    };
    let union = "        shape: { $ref: '#/components/schemas/Shape' }\n    Shape:\n      description: A shape.\n      oneOf:\n        - $ref: '#/components/schemas/RoundShape'\n        - $ref: '#/components/schemas/Square'\n      discriminator:\n        propertyName: kind\n        mapping: { round: '#/components/schemas/RoundShape', square: '#/components/schemas/Square' }\n";
    let schemas = format!(
        "{THING}\n{union}{}{}",
        member("RoundShape"),
        member("Square")
    );
    let folder = Folder::new(&[("thing.yaml", &group(GET, &schemas))]);
    let code = folder.generate().expect("it is right").code;
    assert_holds(&code, "tagged_union!");
    assert_holds(&code, "Round(RoundShape) = [\"round\"]");
    assert_holds(&code, "Square(Square) = [\"square\"]");
    // The union writes the tag: the members need not carry it.
    assert_holds(
        &code,
        "pub kind: ::std::option::Option<::std::string::String>",
    );
}

#[test]
fn inheritance_is_flattened() {
    let schemas = "    Base:\n      type: object\n      description: A base.\n      required: [id]\n      properties:\n        id: { type: string, description: Its id. }\n    Thing:\n      description: A thing.\n      allOf:\n        - $ref: '#/components/schemas/Base'\n        - type: object\n          properties:\n            name: { type: string, description: Its name. }";
    let folder = Folder::new(&[("thing.yaml", &group(GET, schemas))]);
    let code = folder.generate().expect("it is right").code;
    assert_holds(
        &code,
        "pub struct Thing { /// Its id.\n pub id: ::std::string::String, /// Its name.",
    );
}

#[test]
fn bodies_get_a_constructor_and_setters() {
    let post = "
  /things:
    post:
      operationId: thing_create
      summary: Create a thing.
      requestBody:
        required: true
        content:
          application/json:
            schema: { $ref: '#/components/schemas/NewThing' }
      responses:
        '204': { description: Done. }";
    let schemas = "    NewThing:\n      type: object\n      description: A new thing.\n      required: [name, size]\n      x-rule: new_thing\n      properties:\n        size: { type: integer, description: Its size. }\n        name: { type: string, description: Its name. }\n        key: { type: string, format: password, description: Its key. }";
    let folder = Folder::new(&[("thing.yaml", &group(post, schemas))]);
    let code = folder.generate().expect("it is right").code;
    assert_holds(
        &code,
        "pub fn new(name: impl Into<String>, size: i64) -> Self",
    );
    assert_holds(
        &code,
        "pub fn key(mut self, key: impl Into<crate::Secret>) -> Self",
    );
    assert_holds(&code, "- `body`: A new thing.");
    assert_holds(&code, "super::rules::new_thing(self)");
    assert_holds(&code, "found.extend(&self.key);");
}

#[test]
fn a_known_value_says_which_requests_take_it() {
    let expand = |values: &str| {
        format!(
            "        - {{ name: expand, in: query, description: More., x-values: [{values}], schema: {{ type: string }} }}\n      responses:"
        )
    };
    let one = GET.replace("      responses:", &expand("parts, owner"));
    let other = one
        .replace("/things/{id}", "/things/{id}/more")
        .replace("thing_get", "thing_get_more")
        .replace("parts, ", "");
    let folder = Folder::new(&[("thing.yaml", &group(&format!("{one}{other}"), THING))]);
    let code = folder.generate().expect("it is right").code;
    assert_holds(&code, "/// `owner`\n pub const OWNER: &str = \"owner\";");
    assert_holds(
        &code,
        "/// `parts`, for [`Get`](super::Get)\n pub const PARTS: &str = \"parts\";",
    );
}

#[test]
fn descriptions_name_things_as_rust_does() {
    let paths = GET
        .replace("Get a thing.", "Get a thing, see `withParts` and `thing_get`.")
        .replace(
            "      responses:",
            "        - { name: withParts, in: query, description: Whether it has parts., schema: { type: boolean } }\n      responses:",
        );
    let schemas = format!(
        "{THING}\n        fullName: {{ type: string, description: 'Like `id`, and like `fullName`.' }}"
    );
    let folder = Folder::new(&[("thing.yaml", &group(&paths, &schemas))]);
    let code = folder.generate().expect("it is right").code;
    assert_holds(
        &code,
        "Get a thing, see `with_parts` and [`thing().get()`](crate::demo::thing::Thing::get).",
    );
    assert_holds(&code, "Like `id`, and like `full_name`.");
}

#[test]
fn mistakes_are_named_with_file_place_and_help() {
    let refused = [
        (
            "name: { type: string, description: A., minLength: 3 }",
            "spec/demo/thing.yaml, schema Thing, property name: uses `minLength`. Say it in the description",
        ),
        (
            "name: { type: string, description: A., default: x }",
            "uses `default`",
        ),
        (
            "name: { type: object, description: A., properties: { a: { type: string } } }",
            "holds an object, enum or union without a name. Move it to components.schemas",
        ),
        (
            "name: { type: string, enum: [a], description: A. }",
            "holds an object, enum or union without a name",
        ),
        (
            "name: { type: string }",
            "has no description. Say in a sentence",
        ),
        (
            "name: { type: string, format: colour, description: A. }",
            "has the unknown format \"colour\". spec/README.md lists the formats",
        ),
        (
            "name: { type: text, description: A. }",
            "has the unknown type \"text\"",
        ),
        (
            "ID: { type: string, description: A. }",
            "is called `id` in Rust, and so is",
        ),
        (
            "name: { $ref: '#/components/schemas/Nothing' }",
            "refers to \"#/components/schemas/Nothing\", which thing.yaml does not define",
        ),
        (
            "name: { $ref: './other.yaml#/components/schemas/Nothing' }",
            "there is no file other.yaml beside it",
        ),
    ];
    for (property, expected) in refused {
        let problems = thing_with(property).expect_err(property);
        assert!(
            problems.iter().any(|problem| problem.contains(expected)),
            "{property}: {problems:#?}"
        );
    }
}

#[test]
fn wrong_operations_are_named() {
    let cases = [
        (
            GET.replace("thing_get", "other_get"),
            "spec/demo/thing.yaml, operation other_get (GET /things/{id}): is not named after its group. Its operationId begins with `thing_`",
        ),
        (GET.replace("Get a thing.", ""), "has no summary"),
        (
            GET.replace("name: id", "name: key"),
            "does not declare the path parameter id",
        ),
        (
            GET.replace("description: Its id., ", ""),
            "has the parameter id without a description",
        ),
        (GET.replace("'200'", "'404'"), "has no success answer"),
        (
            GET.replace("summary:", "x-retry: maybe\n      summary:"),
            "has the unknown retry class \"maybe\". Use idempotent or create",
        ),
        (
            GET.replace("summary:", "x-paging: { style: pages }\n      summary:"),
            "pages in the unknown style \"pages\"",
        ),
        (
            GET.replace(
                "summary:",
                "x-paging: { style: offset, items: results }\n      summary:",
            ),
            "pages, but has no list of items",
        ),
        (
            GET.replace(
                "summary:",
                "x-long-task: { id: id, status: task_get }\n      summary:",
            ),
            "is followed by \"task_get\", which is no operation",
        ),
    ];
    for (paths, expected) in cases {
        let problems = Folder::new(&[("thing.yaml", &group(&paths, THING))])
            .generate()
            .err()
            .unwrap_or_default();
        assert!(
            problems.iter().any(|problem| problem.contains(expected)),
            "{expected}: {problems:#?}"
        );
    }
}

#[test]
fn the_same_thing_twice_is_refused() {
    let folder = Folder::new(&[
        ("other.yaml", &group(GET, THING)),
        ("thing.yaml", &group(GET, THING)),
    ]);
    let problems = folder.generate().err().unwrap_or_default();
    assert!(
        problems
            .iter()
            .any(|p| p.contains("schemas Thing: defines it, and so does spec/demo/other.yaml")),
        "{problems:#?}"
    );
    assert!(
        problems
            .iter()
            .any(|p| p.contains("GET /things/{id}: spec/demo/other.yaml describes it too")),
        "{problems:#?}"
    );
}

#[test]
fn names_that_rust_keeps_are_refused() {
    let told = problem(
        GET,
        &format!(
            "{THING}\n    Option:\n      type: object\n      description: No.\n      properties: {{}}"
        ),
    );
    assert!(
        told.contains("schema Option: is no name for a Rust type of ours"),
        "{told}"
    );
    let told = problem(
        GET,
        &format!(
            "{THING}\n    THING:\n      type: string\n      description: No.\n      enum: [a]"
        )
        .replace("THING", "ThinG"),
    );
    assert!(
        told.contains("schema Thing: differs from ThinG only in case"),
        "{told}"
    );
}

#[test]
fn broken_files_are_named() {
    for (text, expected) in [
        (
            "openapi: 3.1.0\n",
            "spec/demo/thing.yaml: declares OpenAPI \"3.1.0\". Write `openapi: 3.0.3`",
        ),
        (
            "openapi: [3.0.3\n",
            "spec/demo/thing.yaml: is no valid YAML",
        ),
    ] {
        let problems = Folder::new(&[("thing.yaml", text)])
            .generate()
            .err()
            .unwrap_or_default();
        assert!(
            problems.iter().any(|problem| problem.contains(expected)),
            "{problems:#?}"
        );
    }
    let problems = generate(
        Path::new("/nowhere/spec"),
        &DEMO,
        &Features::from_iter(["demo"]),
    )
    .err()
    .unwrap_or_default();
    assert!(
        problems
            .iter()
            .any(|problem| problem.to_string().contains("the folder cannot be read")),
        "{problems:?}"
    );
}

/// Every operation that has siblings, as `operation: siblings; instead`.
fn siblings(spec: &Path, service: &Service) -> Vec<String> {
    let all = [service.feature].into_iter().collect();
    let read = build::read(spec, service, &all).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let operations = read.groups.iter().flat_map(|group| &group.operations);
    let row = |operation: &build::model::Operation| {
        let siblings: Vec<&str> = operation.siblings.iter().map(|it| it.id.as_str()).collect();
        let instead = operation.instead.as_deref().unwrap_or("none");
        let row = || format!("{}: {}; {instead}", operation.id, siblings.join(", "));
        (!siblings.is_empty()).then(row)
    };
    operations.filter_map(row).collect()
}

#[test]
fn an_operation_knows_those_that_its_path_values_could_make_it() {
    let operation = |path: &str, method: &str, id: &str, parameters: &str| {
        let names = path
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split('}').next());
        let holes: String = names
            .map(|name| {
                let schema = match name {
                    "kind" => "{ $ref: '#/components/schemas/Kind' }",
                    "number" => "{ type: integer }",
                    _ => "{ type: string }",
                };
                format!("\n        - {{ name: {name}, in: path, required: true, description: It., schema: {schema} }}")
            })
            .collect();
        format!(
            "\n    {method}:\n      operationId: {id}\n      summary: Do it.\n      parameters:{holes}{parameters}\n\
            \x20     responses:\n        '204': {{ description: Done. }}"
        )
    };
    let by_query = "\n        - { name: name, in: query, required: true, description: It., schema: { type: string } }";
    let some = "\n        - { name: a, in: query, description: A., schema: { type: string } }";
    let paths = [
        (
            "/things/{name}",
            vec![("get", "thing_get", ""), ("delete", "thing_delete", "")],
        ),
        ("/things/all", vec![("get", "thing_list", some)]),
        (
            "/things/named",
            vec![("get", "thing_get_by_name", by_query)],
        ),
        ("/things/{name}/{kind}", vec![("get", "thing_get_part", "")]),
        ("/things/{name}/wheel", vec![("get", "thing_get_wheel", "")]),
        ("/things/{name}/every", vec![("get", "thing_get_every", "")]),
        ("/numbers/{number}", vec![("get", "thing_get_number", "")]),
        ("/numbers/all", vec![("get", "thing_list_numbers", some)]),
        // Which of these two a server takes, its first word decides.
        ("/shops/market/{name}", vec![("get", "thing_get_offer", "")]),
        (
            "/shops/{name}/owners",
            vec![("get", "thing_list_owners", "")],
        ),
    ];
    let paths: String = paths
        .iter()
        .map(|(path, operations)| {
            let operations = operations.iter();
            let written: String = operations
                .map(|(m, id, more)| operation(path, m, id, more))
                .collect();
            format!("\n  {path}:{written}")
        })
        .collect();
    let kind =
        "    Kind:\n      type: string\n      description: A kind.\n      enum: [wheel, door]";
    let folder = Folder::new(&[("thing.yaml", &group(&paths, kind))]);
    let expected = [
        "thing_list_owners: thing_get_offer; none",
        "thing_get: thing_list, thing_get_by_name; thing_get_by_name",
        "thing_get_part: thing_get_every; none",
    ];
    assert_eq!(siblings(&folder.0, &DEMO), expected);
}

#[test]
fn the_siblings_of_all_services_are_known() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("spec");
    let mut found = Vec::new();
    for service in SERVICES {
        let rows = siblings(&root, service).into_iter();
        found.extend(rows.map(|row| format!("{} {row}", service.folder)));
    }
    let expected = [
        "confluence-dc content_get: content_scan, content_search; none",
        "confluence-dc group_get: group_list_ancestors_by_name, group_list_child_groups_by_name, group_list_parents_by_name, group_get_by_name, group_list_members_by_name; group_get_by_name",
        "confluence-cloud/v1 template_get: template_list_blueprints, template_list; none",
        "confluence-cloud/v1 theme_get: theme_get_global; none",
        "onezone clusters_get: clusters_list_privileges; none",
        "onezone groups_get: groups_list_privileges; none",
        "onezone handle_services_get: handle_services_list_privileges; none",
        "onezone handles_get: handles_list_privileges; none",
        "onezone harvesters_get: harvesters_list_privileges; none",
        "onezone spaces_get: spaces_list_privileges; none",
        "onezone spaces_list_effective_groups: spaces_get_marketplace_space; none",
        "onezone spaces_list_effective_users: spaces_get_marketplace_space; none",
        "onezone spaces_list_groups: spaces_get_marketplace_space; none",
        "onezone spaces_list_harvesters: spaces_get_marketplace_space; none",
        "onezone spaces_list_owners: spaces_get_marketplace_space; none",
        "onezone spaces_list_providers: spaces_get_marketplace_space; none",
        "onezone spaces_list_shares: spaces_get_marketplace_space; none",
        "onezone spaces_list_users: spaces_get_marketplace_space; none",
    ];
    assert_eq!(found, expected, "{found:#?}");
}
