//! What a schema says, in the few forms that the descriptions use.

use serde_json::Value;

use super::spec::{Spec, reference};

/// The form of a schema.
pub enum Kind<'a> {
    Any,
    Text {
        format: &'a str,
    },
    Enum(Vec<&'a str>),
    Integer {
        format: &'a str,
    },
    Number,
    Boolean,
    List(&'a Value),
    /// The schema of the values, where there is one.
    Map(Option<&'a Value>),
    Object(Object<'a>),
    Union(Union<'a>),
}

/// An object with properties, those it inherits included.
pub struct Object<'a> {
    pub properties: Vec<(&'a str, &'a Value)>,
    pub required: Vec<&'a str>,
    /// The server's own rule for it.
    pub rule: Option<&'a str>,
}

impl<'a> Object<'a> {
    pub fn property(&self, name: &str) -> Option<&'a Value> {
        self.properties
            .iter()
            .find(|(other, _)| *other == name)
            .map(|(_, schema)| *schema)
    }

    pub fn requires(&self, name: &str) -> bool {
        self.required.contains(&name)
    }
}

/// One of several objects.
pub struct Union<'a> {
    /// The property that tells the members apart.
    pub tag: Option<&'a str>,
    pub members: Vec<Member<'a>>,
}

/// A member of a union.
pub struct Member<'a> {
    pub schema: &'a Value,
    /// The values of the tag that mean this member.
    pub values: Vec<&'a str>,
}

impl<'a> Union<'a> {
    /// The member that the tag of `value` names.
    pub fn tagged(&self, value: &Value) -> Option<&Member<'a>> {
        let tag = value.get(self.tag?)?.as_str()?;
        self.members
            .iter()
            .find(|member| member.values.contains(&tag))
    }
}

/// Reads `schema`, through references and inheritance.
pub fn kind<'a>(spec: &'a Spec, schema: &'a Value) -> Kind<'a> {
    let schema = spec.resolve(schema);
    if let Some(parts) = list(schema, "allOf") {
        return match parts {
            [only] if schema.get("properties").is_none() => kind(spec, only),
            _ => Kind::Object(object(spec, schema)),
        };
    }
    if let Some(members) = list(schema, "oneOf") {
        return Kind::Union(union(schema, members));
    }
    if schema.get("enum").is_some() {
        return Kind::Enum(texts(schema, "enum"));
    }
    if schema.get("properties").is_some() {
        return Kind::Object(object(spec, schema));
    }
    plain(schema)
}

fn plain(schema: &Value) -> Kind<'_> {
    let format = text(schema, "format");
    match text(schema, "type") {
        "" => Kind::Any,
        "string" => Kind::Text { format },
        "integer" => Kind::Integer { format },
        "number" => Kind::Number,
        "boolean" => Kind::Boolean,
        "array" => Kind::List(&schema["items"]),
        "object" => Kind::Map(
            schema
                .get("additionalProperties")
                .filter(|values| values.is_object()),
        ),
        other => panic!("type {other:?} in {schema}"),
    }
}

fn object<'a>(spec: &'a Spec, schema: &'a Value) -> Object<'a> {
    let rule = schema.get("x-rule").and_then(Value::as_str);
    let mut object = Object {
        properties: Vec::new(),
        required: Vec::new(),
        rule,
    };
    gather(spec, schema, &mut object);
    object
}

/// What is said last of a property counts.
fn gather<'a>(spec: &'a Spec, schema: &'a Value, object: &mut Object<'a>) {
    let schema = spec.resolve(schema);
    for part in list(schema, "allOf").unwrap_or_default() {
        gather(spec, part, object);
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        object.properties.retain(|(other, _)| other != name);
        object.properties.push((name, property));
    }
    object.required.extend(texts(schema, "required"));
}

fn union<'a>(schema: &'a Value, members: &'a [Value]) -> Union<'a> {
    let discriminator = &schema["discriminator"];
    let member = |schema: &'a Value| {
        let mapping = discriminator["mapping"].as_object().into_iter().flatten();
        let own = mapping.filter(|(_, target)| target.as_str() == reference(schema));
        Member {
            schema,
            values: own.map(|(value, _)| value.as_str()).collect(),
        }
    };
    Union {
        tag: discriminator["propertyName"].as_str(),
        members: members.iter().map(member).collect(),
    }
}

/// Whether a schema leads to an object, perhaps through lists and maps.
pub fn holds_object(spec: &Spec, schema: &Value) -> bool {
    match kind(spec, schema) {
        Kind::Object(_) | Kind::Union(_) => true,
        Kind::List(items) => holds_object(spec, items),
        Kind::Map(Some(values)) => holds_object(spec, values),
        _ => false,
    }
}

/// A string of a description, or an empty one.
pub fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> Option<&'a [Value]> {
    value.get(key)?.as_array().map(Vec::as_slice)
}

fn texts<'a>(value: &'a Value, key: &str) -> Vec<&'a str> {
    let items = list(value, key).unwrap_or_default().iter();
    items
        .map(|item| item.as_str().unwrap_or_else(|| panic!("no string: {item}")))
        .collect()
}
