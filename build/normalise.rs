//! Reduces the schemas of a description to the few shapes that the generator knows.
//!
//! Inheritance (`allOf`) is flattened, named schemas that are no struct, enum or union are
//! inlined where they are used, and everything else is refused with a message.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToUpperCamelCase;
use serde_json::Value;

use crate::build::names::{RESERVED, identifier, short, variant};
use crate::build::problem::Problem;
use crate::build::schemas::{Enum, Format, Member, Property, Schemas, Shape, Struct, Union};
use crate::build::spec::{Component, Merged, reference};

/// The identifiers that have a newtype.
const IDS: &[(&str, &str)] = &[
    ("space-key", "SpaceKey"),
    ("username", "Username"),
    ("user-key", "UserKey"),
    ("account-id", "AccountId"),
    ("group-name", "GroupName"),
    ("content-id", "ContentId"),
];

/// Keywords that typed code cannot honour: they are said in words instead.
const REFUSED: &[&str] = &[
    "default",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "not",
    "anyOf",
    "readOnly",
    "writeOnly",
    "xml",
];

/// Reads every schema of a service.
pub fn schemas(merged: &Merged) -> Result<Schemas, Vec<Problem>> {
    let mut reader = Reader {
        merged,
        problems: Vec::new(),
    };
    let mut schemas = Schemas::default();
    let empty = BTreeMap::new();
    let components = merged.components.get("schemas").unwrap_or(&empty);
    reader.unique(components);
    for (name, component) in components {
        reader.schema(name, component, &mut schemas);
    }
    relax_tags(&mut schemas);
    if reader.problems.is_empty() {
        Ok(schemas)
    } else {
        Err(reader.problems)
    }
}

/// The union writes the tag, so a member's constructor does not ask for it.
fn relax_tags(schemas: &mut Schemas) {
    for union in schemas.unions.values() {
        let Some(tag) = &union.tag else { continue };
        for member in &union.members {
            let Some(schema) = schemas.structs.get_mut(&member.schema) else {
                continue;
            };
            schema.required.retain(|name| name != tag);
            for property in schema
                .properties
                .iter_mut()
                .filter(|property| property.wire == *tag)
            {
                property.required = false;
            }
        }
    }
}

/// Reads schemas and gathers what is wrong with them.
pub struct Reader<'a> {
    pub merged: &'a Merged,
    pub problems: Vec<Problem>,
}

impl Reader<'_> {
    fn problem(&mut self, file: &str, place: &str, what: String, help: &str) {
        self.problems
            .push(Problem::new(file, what).at(place).help(help));
    }

    fn unique(&mut self, components: &BTreeMap<String, Component>) {
        let mut seen = BTreeMap::new();
        for (name, component) in components {
            let place = format!("schema {name}");
            if let Some(other) = seen.insert(name.to_lowercase(), name.clone()) {
                let what = format!("differs from {other} only in case");
                self.problem(
                    &component.file,
                    &place,
                    what,
                    "Give one of them another name",
                );
            }
            if RESERVED.contains(&name.as_str()) || *name != name.to_upper_camel_case() {
                let what = "is no name for a Rust type of ours".to_owned();
                let help = "Write it in UpperCamelCase and keep away from Rust's own names";
                self.problem(&component.file, &place, what, help);
            }
        }
    }

    fn schema(&mut self, name: &str, component: &Component, schemas: &mut Schemas) {
        let Component { file, value } = component;
        let place = format!("schema {name}");
        self.refuse(file, &place, value);
        if value.get("x-standalone").is_some() {
            schemas.standalone.insert(name.to_owned());
        }
        if text(value, "x-standalone") == "sent" {
            schemas.made.insert(name.to_owned());
        }
        let description = text(value, "description");
        if description.is_empty() {
            let help = "Say in a sentence what it is";
            self.problem(file, &place, "has no description".to_owned(), help);
        }
        if value.get("enum").is_some() {
            let variants = self.variants(file, &place, value);
            let schema = Enum {
                name: name.to_owned(),
                description,
                variants,
            };
            schemas.enums.insert(name.to_owned(), schema);
        } else if value.get("oneOf").is_some() {
            let union = self.union(file, &place, name, value, description);
            schemas.unions.insert(name.to_owned(), union);
        } else if is_struct(value) {
            let schema = self.structure(file, &place, name, value, description);
            schemas.structs.insert(name.to_owned(), schema);
        }
    }

    fn refuse(&mut self, file: &str, place: &str, value: &Value) {
        for keyword in REFUSED
            .iter()
            .filter(|keyword| value.get(**keyword).is_some())
        {
            let what = format!("uses `{keyword}`");
            self.problem(
                file,
                place,
                what,
                "Say it in the description: the types cannot hold it",
            );
        }
    }

    fn variants(&mut self, file: &str, place: &str, value: &Value) -> Vec<(String, String)> {
        let values: Vec<String> = strings(value.get("enum"));
        let names = strings(value.get("x-enum-names"));
        if !names.is_empty() && names.len() != values.len() {
            let what = "x-enum-names and enum differ in length".to_owned();
            self.problem(file, place, what, "Give each value one name");
        }
        let mut seen = BTreeSet::from(["Other".to_owned()]);
        let mut variants = Vec::new();
        for (index, value) in values.into_iter().enumerate() {
            let name = names.get(index).cloned().unwrap_or_else(|| variant(&value));
            if syn::parse_str::<syn::Ident>(&name).is_err() || !seen.insert(name.clone()) {
                let what =
                    format!("has no good name for the value {value:?} ({name:?} is taken or none)");
                self.problem(file, place, what, "Name the variants with x-enum-names");
                continue;
            }
            variants.push((name, value));
        }
        variants
    }

    fn union(
        &mut self,
        file: &str,
        place: &str,
        name: &str,
        value: &Value,
        description: String,
    ) -> Union {
        let mapping = value
            .pointer("/discriminator/mapping")
            .and_then(Value::as_object);
        let mut members = Vec::new();
        for member in value
            .get("oneOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let Some(schema) = reference(member) else {
                let what = "has a member that is no reference".to_owned();
                self.problem(file, place, what, "Give the member a name and refer to it");
                continue;
            };
            let values = mapping
                .into_iter()
                .flatten()
                .filter(|(_, target)| {
                    target.as_str().and_then(|t| t.rsplit('/').next()) == Some(schema)
                })
                .map(|(value, _)| value.clone())
                .collect();
            let variant = short(name, schema);
            members.push(Member {
                variant,
                schema: schema.to_owned(),
                values,
            });
        }
        self.members(file, place, &members);
        let tag = value
            .pointer("/discriminator/propertyName")
            .and_then(Value::as_str);
        if tag.is_some() && members.iter().any(|member| member.values.is_empty()) {
            let what = "has a member that no value of the discriminator names".to_owned();
            self.problem(
                file,
                place,
                what,
                "List every member under discriminator.mapping",
            );
        }
        Union {
            name: name.to_owned(),
            description,
            tag: tag.map(str::to_owned),
            members,
        }
    }

    fn members(&mut self, file: &str, place: &str, members: &[Member]) {
        for member in members {
            let target = self.merged.component("schemas", &member.schema);
            if !target.is_some_and(|target| is_struct(&target.value)) {
                let what = format!("has the member {}, which is no object", member.schema);
                self.problem(
                    file,
                    place,
                    what,
                    "A union's members are objects with properties",
                );
            }
        }
    }

    fn structure(
        &mut self,
        file: &str,
        place: &str,
        name: &str,
        value: &Value,
        description: String,
    ) -> Struct {
        let mut required = Vec::new();
        let mut raw = Vec::new();
        self.flatten(file, place, value, &mut raw, &mut required, 0);
        let mut properties: Vec<Property> = Vec::new();
        for (wire, value) in raw {
            let place = format!("{place}, property {wire}");
            let property = self.property(file, &place, &wire, &value, required.contains(&wire));
            if let Some(other) = properties.iter().find(|other| other.rust == property.rust) {
                let what = format!(
                    "is called `{}` in Rust, and so is {}",
                    other.rust, other.wire
                );
                self.problem(file, &place, what, "Name one of them with x-rust-name");
            }
            properties.push(property);
        }
        for missing in required
            .iter()
            .filter(|name| !properties.iter().any(|p| p.wire == **name))
        {
            let what = format!("requires {missing:?}, which it does not have");
            self.problem(file, place, what, "Correct `required`");
        }
        Struct {
            name: name.to_owned(),
            description,
            properties,
            required,
            rule: value
                .get("x-rule")
                .and_then(Value::as_str)
                .map(str::to_owned),
            file: file.to_owned(),
        }
    }

    /// Gathers the properties of `value` and of all it inherits.
    fn flatten(
        &mut self,
        file: &str,
        place: &str,
        value: &Value,
        properties: &mut Vec<(String, Value)>,
        required: &mut Vec<String>,
        depth: usize,
    ) {
        if depth > 16 {
            self.problem(
                file,
                place,
                "inherits from itself".to_owned(),
                "Break the circle",
            );
            return;
        }
        for part in value
            .get("allOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            match self.merged.resolve("schemas", part).cloned() {
                Some(part) => self.flatten(file, place, &part, properties, required, depth + 1),
                None => {
                    let what = "inherits from something that is not there".to_owned();
                    self.problem(file, place, what, "Correct the reference");
                }
            }
        }
        for (name, property) in value
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            properties.retain(|(other, _)| other != name);
            properties.push((name.clone(), property.clone()));
        }
        for name in strings(value.get("required")) {
            if !required.contains(&name) {
                required.push(name);
            }
        }
    }

    fn property(
        &mut self,
        file: &str,
        place: &str,
        wire: &str,
        value: &Value,
        required: bool,
    ) -> Property {
        let own = text(value, "description");
        let description = if own.is_empty() {
            self.inherited(value)
        } else {
            own
        };
        if description.is_empty() {
            let help = "Say in a sentence what it holds";
            self.problem(file, place, "has no description".to_owned(), help);
        }
        let rust = match value.get("x-rust-name").and_then(Value::as_str) {
            Some(name) => name.to_owned(),
            None => identifier(wire),
        };
        Property {
            wire: wire.to_owned(),
            rust,
            shape: self.shape(file, place, value),
            required,
            description,
        }
    }

    /// The description of what a property refers to.
    fn inherited(&self, value: &Value) -> String {
        let target = match value
            .get("allOf")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
        {
            Some([only]) => only,
            _ => value,
        };
        let Some(name) = reference(target) else {
            return String::new();
        };
        let component = self.merged.component("schemas", name);
        component
            .map(|component| text(&component.value, "description"))
            .unwrap_or_default()
    }

    /// The shape of a value, whether it is written out or referred to.
    pub fn shape(&mut self, file: &str, place: &str, value: &Value) -> Shape {
        self.shape_at(file, place, value, 0)
    }

    fn shape_at(&mut self, file: &str, place: &str, value: &Value, depth: usize) -> Shape {
        if depth > 16 {
            self.problem(
                file,
                place,
                "refers to itself".to_owned(),
                "Break the circle",
            );
            return Shape::Any;
        }
        if let Some(name) = reference(value) {
            return self.referred(file, place, name, depth);
        }
        if let Some([only]) = value
            .get("allOf")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            && value.get("properties").is_none()
        {
            return self.shape_at(file, place, only, depth + 1);
        }
        self.refuse(file, place, value);
        if value.get("enum").is_some() || value.get("oneOf").is_some() || is_struct(value) {
            let what = "holds an object, enum or union without a name".to_owned();
            self.problem(
                file,
                place,
                what,
                "Move it to components.schemas and refer to it",
            );
            return Shape::Any;
        }
        match value.get("type").and_then(Value::as_str) {
            Some("string") => Shape::Text(self.format(file, place, value)),
            Some("integer") if text(value, "format") == "int32" => Shape::Integer32,
            Some("integer") => Shape::Integer,
            Some("number") => Shape::Number,
            Some("boolean") => Shape::Boolean,
            Some("array") => {
                let items = value.get("items").cloned().unwrap_or_default();
                Shape::List(Box::new(self.shape_at(file, place, &items, depth + 1)))
            }
            Some("object") => match value.get("additionalProperties") {
                Some(items @ Value::Object(_)) => {
                    Shape::Map(Box::new(self.shape_at(file, place, items, depth + 1)))
                }
                _ => Shape::Map(Box::new(Shape::Any)),
            },
            None => Shape::Any,
            Some(other) => {
                let help = "Use string, integer, number, boolean, array or object";
                self.problem(file, place, format!("has the unknown type {other:?}"), help);
                Shape::Any
            }
        }
    }

    fn referred(&mut self, file: &str, place: &str, name: &str, depth: usize) -> Shape {
        let Some(component) = self.merged.component("schemas", name).cloned() else {
            let what = format!("refers to the schema {name}, which is not there");
            self.problem(file, place, what, "Correct the reference");
            return Shape::Any;
        };
        let value = &component.value;
        if value.get("enum").is_some() || value.get("oneOf").is_some() || is_struct(value) {
            return Shape::Named(name.to_owned());
        }
        self.shape_at(&component.file, place, value, depth + 1)
    }

    fn format(&mut self, file: &str, place: &str, value: &Value) -> Format {
        let format = text(value, "format");
        if let Some((_, newtype)) = IDS.iter().find(|(name, _)| *name == format) {
            return Format::Id(newtype);
        }
        match format.as_str() {
            "" | "uuid" | "uri" | "email" | "date" => Format::Plain,
            "date-time" => Format::DateTime,
            "password" => Format::Secret,
            "binary" => Format::Binary,
            "number-or-text" => Format::NumberOrText,
            other => {
                let help = "spec/README.md lists the formats";
                self.problem(
                    file,
                    place,
                    format!("has the unknown format {other:?}"),
                    help,
                );
                Format::Plain
            }
        }
    }
}

/// Whether a schema becomes a struct.
fn is_struct(value: &Value) -> bool {
    let inherits = value
        .get("allOf")
        .and_then(Value::as_array)
        .is_some_and(|parts| parts.len() > 1);
    value.get("properties").is_some() || inherits
}

/// A string property of a description, trimmed.
pub fn text(value: &Value, key: &str) -> String {
    value
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .trim()
        .to_owned()
}

/// The strings of a list; numbers and booleans are written as strings.
pub fn strings(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items
        .map(|item| match item {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
        .collect()
}
