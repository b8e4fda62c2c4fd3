//! Reads the files of one service and merges them into one set of operations and components.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use crate::build::problem::Problem;

/// The methods that an operation can have, in the order in which they are written.
const METHODS: &[&str] = &["get", "post", "put", "patch", "delete"];
/// The kinds of component that files may share.
const KINDS: &[&str] = &["schemas", "responses", "parameters"];

/// One file of a service.
pub struct Document {
    /// The file's path as messages show it.
    pub file: String,
    /// The file's name without its ending.
    pub stem: String,
    /// What the file says.
    pub value: Value,
}

/// A component and the file that defines it.
#[derive(Debug, Clone)]
pub struct Component {
    pub file: String,
    pub value: Value,
}

/// An operation as it was written, with the place where it was found.
#[derive(Debug, Clone)]
pub struct RawOperation {
    pub file: String,
    pub stem: String,
    pub method: String,
    pub path: String,
    /// Parameters that the path declares for all its operations.
    pub shared_parameters: Vec<Value>,
    pub value: Value,
}

/// A resource group: one file with operations.
#[derive(Debug, Clone)]
pub struct RawGroup {
    pub stem: String,
    pub title: String,
    pub description: String,
}

/// All files of a service, with references that no longer name files.
#[derive(Clone, Debug, Default)]
pub struct Merged {
    pub groups: Vec<RawGroup>,
    pub operations: Vec<RawOperation>,
    pub components: BTreeMap<&'static str, BTreeMap<String, Component>>,
}

impl Merged {
    /// The component that a merged reference (`#/components/<kind>/<name>`) names.
    pub fn component(&self, kind: &str, name: &str) -> Option<&Component> {
        self.components.get(kind)?.get(name)
    }

    /// Follows `value` while it is a reference to a component of `kind`.
    pub fn resolve<'a>(&'a self, kind: &str, value: &'a Value) -> Option<&'a Value> {
        match reference(value) {
            Some(name) => self.component(kind, name).map(|component| &component.value),
            None => Some(value),
        }
    }
}

/// The name at the end of a reference, where `value` is one.
pub fn reference(value: &Value) -> Option<&str> {
    value.get("$ref")?.as_str()?.rsplit('/').next()
}

/// Reads every YAML file of `folder`, in the order of their names.
pub fn load(folder: &Path) -> Result<Vec<Document>, Vec<Problem>> {
    let entries = std::fs::read_dir(folder).map_err(|error| {
        vec![
            Problem::new(
                folder.display(),
                format!("the folder cannot be read: {error}"),
            )
            .help("Each enabled service needs its folder under spec/"),
        ]
    })?;
    let mut files: Vec<_> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .collect();
    files.sort();
    let mut documents = Vec::new();
    let mut problems = Vec::new();
    for path in files {
        match read(&path) {
            Ok(document) => documents.push(document),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        Ok(documents)
    } else {
        Err(problems)
    }
}

fn read(path: &Path) -> Result<Document, Problem> {
    let file = shown(path);
    let text = std::fs::read_to_string(path)
        .map_err(|error| Problem::new(&file, format!("cannot be read: {error}")))?;
    parse(&file, &text)
}

/// Parses the text of one description.
pub fn parse(file: &str, text: &str) -> Result<Document, Problem> {
    // YAML 1.2: `on` and `no` are words.
    let options = serde_saphyr::options! { strict_booleans: true };
    let value: Value = serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| Problem::new(file, format!("is no valid YAML: {error}")))?;
    let version = value
        .get("openapi")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if version != "3.0.3" {
        return Err(Problem::new(file, format!("declares OpenAPI {version:?}"))
            .help("Write `openapi: 3.0.3`; the build script reads no other version"));
    }
    let stem = Path::new(file)
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Ok(Document {
        file: file.to_owned(),
        stem,
        value,
    })
}

/// The path from `spec/` on: short, and the same on every machine.
fn shown(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    let start = parts.iter().rposition(|part| part == "spec").unwrap_or(0);
    parts[start..].join("/")
}

/// Brings the files of one service together.
pub fn merge(documents: Vec<Document>) -> Result<Merged, Vec<Problem>> {
    let mut merged = Merged::default();
    let mut problems = Vec::new();
    let defined = defined(&documents);
    for mut document in documents {
        let file = document.file.clone();
        localise(&mut document.value, &file, &defined, &mut problems);
        take_components(&mut merged, &document, &mut problems);
        take_operations(&mut merged, &document, &mut problems);
    }
    if problems.is_empty() {
        Ok(merged)
    } else {
        Err(problems)
    }
}

/// Which components each file defines, as `file name → kind/name`.
fn defined(documents: &[Document]) -> BTreeMap<String, Vec<String>> {
    let mut defined = BTreeMap::new();
    for document in documents {
        let mut names = Vec::new();
        for kind in KINDS {
            let pointer = format!("/components/{kind}");
            let components = document.value.pointer(&pointer).and_then(Value::as_object);
            names.extend(
                components
                    .into_iter()
                    .flatten()
                    .map(|(name, _)| format!("{kind}/{name}")),
            );
        }
        defined.insert(format!("{}.yaml", document.stem), names);
    }
    defined
}

/// Turns references that name a file into references within the merged description.
fn localise(
    value: &mut Value,
    file: &str,
    defined: &BTreeMap<String, Vec<String>>,
    problems: &mut Vec<Problem>,
) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(target)) = map.get_mut("$ref") {
                match local(target, file, defined) {
                    Ok(name) => *target = name,
                    Err(problem) => problems.push(problem),
                }
            }
            for child in map.values_mut() {
                localise(child, file, defined, problems);
            }
        }
        Value::Array(items) => {
            for child in items {
                localise(child, file, defined, problems);
            }
        }
        _ => {}
    }
}

fn local(
    target: &str,
    file: &str,
    defined: &BTreeMap<String, Vec<String>>,
) -> Result<String, Problem> {
    let (place, pointer) = target.split_once('#').unwrap_or((target, ""));
    let own = file.rsplit('/').next().unwrap_or(file);
    let owner = if place.is_empty() {
        own
    } else {
        place.trim_start_matches("./")
    };
    let name = pointer.trim_start_matches("/components/");
    let names = defined.get(owner).ok_or_else(|| {
        Problem::new(
            file,
            format!("refers to {target:?}, but there is no file {owner} beside it"),
        )
    })?;
    if names.iter().any(|defined| defined == name) {
        return Ok(format!("#/components/{name}"));
    }
    let elsewhere = defined
        .iter()
        .find(|(_, names)| names.iter().any(|defined| defined == name));
    Err(Problem::new(
        file,
        format!("refers to {target:?}, which {owner} does not define"),
    )
    .help(match elsewhere {
        Some((other, _)) => format!("{other} defines it: write './{other}#/components/{name}'"),
        None => "Define it, or correct the name".to_owned(),
    }))
}

fn take_components(merged: &mut Merged, document: &Document, problems: &mut Vec<Problem>) {
    for &kind in KINDS {
        let pointer = format!("/components/{kind}");
        let Some(components) = document.value.pointer(&pointer).and_then(Value::as_object) else {
            continue;
        };
        let known = merged.components.entry(kind).or_default();
        for (name, value) in components {
            if let Some(other) = known.get(name) {
                problems.push(
                    Problem::new(
                        &document.file,
                        format!("defines it, and so does {}", other.file),
                    )
                    .at(format!("{kind} {name}"))
                    .help("Keep one and refer to it, or give one another name"),
                );
                continue;
            }
            let component = Component {
                file: document.file.clone(),
                value: value.clone(),
            };
            known.insert(name.clone(), component);
        }
    }
}

fn take_operations(merged: &mut Merged, document: &Document, problems: &mut Vec<Problem>) {
    let Some(paths) = document.value.get("paths").and_then(Value::as_object) else {
        return;
    };
    if paths.is_empty() {
        return;
    }
    let text = |pointer: &str| {
        let found = document.value.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_default().trim().to_owned()
    };
    merged.groups.push(RawGroup {
        stem: document.stem.clone(),
        title: text("/tags/0/name"),
        description: text("/info/description"),
    });
    for (path, item) in paths {
        let Some(item) = item.as_object() else {
            continue;
        };
        for method in METHODS {
            let Some(value) = item.get(*method) else {
                continue;
            };
            let operation = operation(document, path, method, item, value);
            if let Some(other) = same_place(merged, &operation) {
                problems.push(
                    Problem::new(&document.file, format!("{} describes it too", other.file))
                        .at(format!("{} {path}", method.to_uppercase()))
                        .help("An operation stands in one file only"),
                );
            }
            merged.operations.push(operation);
        }
    }
}

fn operation(
    document: &Document,
    path: &str,
    method: &str,
    item: &Map<String, Value>,
    value: &Value,
) -> RawOperation {
    let shared = item
        .get("parameters")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    RawOperation {
        file: document.file.clone(),
        stem: document.stem.clone(),
        method: method.to_uppercase(),
        path: path.to_owned(),
        shared_parameters: shared,
        value: value.clone(),
    }
}

fn same_place<'a>(merged: &'a Merged, operation: &RawOperation) -> Option<&'a RawOperation> {
    merged
        .operations
        .iter()
        .find(|other| other.method == operation.method && other.path == operation.path)
}
