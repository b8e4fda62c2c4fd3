//! The YAML files of a service, with references that work across files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use yaml_rust2::{Yaml, YamlLoader};

/// All files of one service.
pub struct Spec {
    files: BTreeMap<String, Value>,
}

impl Spec {
    /// Reads `spec/<folder>` of the crate.
    pub fn load(folder: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("spec")
            .join(folder);
        let files = yaml_files(&folder).into_iter().map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            (name, text)
        });
        Self::parse(files)
    }

    /// Reads files that are given as name and text.
    pub fn parse(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let read = |(name, text): (String, String)| {
            let documents =
                YamlLoader::load_from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
            let mut value = documents.first().map(json).unwrap_or_default();
            name_files(&mut value, &name);
            (name, value)
        };
        Self {
            files: files.into_iter().map(read).collect(),
        }
    }

    /// The files by name.
    pub fn files(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.files
            .iter()
            .map(|(name, value)| (name.as_str(), value))
    }

    /// What `value` is, or what it refers to in the end.
    pub fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let mut value = value;
        for _ in 0..32 {
            match reference(value) {
                Some(target) => value = self.target(target),
                None => return value,
            }
        }
        panic!("references in a circle: {value}")
    }

    /// What a reference of the form `file.yaml#/components/…` names.
    pub fn target(&self, target: &str) -> &Value {
        let (file, pointer) = target.split_once('#').unwrap_or((target, ""));
        let found = self.files.get(file).and_then(|file| file.pointer(pointer));
        found.unwrap_or_else(|| panic!("nothing at {target}"))
    }
}

/// The target of a reference, where `value` is one.
pub fn reference(value: &Value) -> Option<&str> {
    value.get("$ref")?.as_str()
}

fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .collect()
}

fn json(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::String(text) => Value::from(text.as_str()),
        Yaml::Integer(number) => Value::from(*number),
        Yaml::Real(_) => Value::from(yaml.as_f64()),
        Yaml::Boolean(flag) => Value::from(*flag),
        Yaml::Array(items) => items.iter().map(json).collect(),
        Yaml::Hash(entries) => {
            let entries = entries.iter().map(|(name, value)| (key(name), json(value)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
        Yaml::Null => Value::Null,
        Yaml::Alias(_) | Yaml::BadValue => panic!("neither aliases nor bad values: {yaml:?}"),
    }
}

/// A status such as `200` may be written without quotes.
fn key(yaml: &Yaml) -> String {
    match yaml {
        Yaml::String(text) => text.clone(),
        other => json(other).to_string(),
    }
}

/// Writes every reference and every target of a discriminator with the file that it is in.
fn name_files(value: &mut Value, file: &str) {
    match value {
        Value::Object(map) => {
            for (key, child) in map.iter_mut() {
                match (key.as_str(), &mut *child) {
                    ("$ref", Value::String(target)) => *target = absolute(target, file),
                    ("mapping", Value::Object(targets)) => {
                        for target in targets.values_mut() {
                            *target =
                                Value::from(absolute(target.as_str().unwrap_or_default(), file));
                        }
                    }
                    _ => name_files(child, file),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| name_files(item, file)),
        _ => {}
    }
}

fn absolute(target: &str, file: &str) -> String {
    match target.strip_prefix('#') {
        Some(pointer) => format!("{file}#{pointer}"),
        None => target.trim_start_matches("./").to_owned(),
    }
}
