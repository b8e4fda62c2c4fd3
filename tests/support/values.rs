//! Values made from schemas: always the same ones, and no two alike where they could be mixed up.

use serde_json::{Map, Value, json};

use super::rules;
use super::schema::{Kind, Object, Union, holds_object, kind};
use super::spec::{Spec, reference};

/// Which properties a value has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// All of them.
    Full,
    /// Only what is required.
    Minimal,
    /// What is required; all the rest is `null`.
    Nulls,
    /// All of them, with values that no enum lists.
    Unlisted,
}

/// Who sends the value: servers write some types in more than one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    Client,
    Server,
}

/// How far objects nest.
const DEEPEST: usize = 5;

/// Makes values.
pub struct Values<'a> {
    spec: &'a Spec,
    mode: Mode,
    /// Whether the outermost object has all its properties, whatever the mode.
    full_outside: bool,
    sender: Sender,
    /// Which member of a union and which value of an enum is taken.
    turn: usize,
    /// How many turns it takes until every member of every union has been taken.
    turns: usize,
    made: usize,
    within: Vec<&'a str>,
}

impl<'a> Values<'a> {
    pub fn new(spec: &'a Spec, mode: Mode, sender: Sender, turn: usize) -> Self {
        Self {
            spec,
            mode,
            full_outside: false,
            sender,
            turn,
            turns: 1,
            made: 0,
            within: Vec::new(),
        }
    }

    /// Gives the outermost object all its properties: the mode counts for what lies within.
    pub fn full_outside(mut self) -> Self {
        self.full_outside = true;
        self
    }

    /// How many turns there are, known once a value was made.
    pub fn turns(&self) -> usize {
        self.turns
    }

    /// A value of `schema`; `name` is found in its texts.
    pub fn make(&mut self, schema: &'a Value, name: &str) -> Value {
        self.made += 1;
        match kind(self.spec, schema) {
            Kind::Any => json!({ name: ["anything ä", self.made, 1.5, null, { "deep": true }] }),
            Kind::Text { format } => self.text(format, name),
            Kind::Enum(_) if self.mode == Mode::Unlisted => json!(format!("not listed: {name}")),
            Kind::Enum(values) => json!(values[self.turn % values.len()]),
            Kind::Integer { format: "int32" } => json!(2_000_000_000 + self.made),
            // Beyond what a double can hold.
            Kind::Integer { .. } => json!(9_007_199_254_740_993_u64 + 2 * self.made as u64),
            Kind::Number => json!(self.made as f64 + 0.25),
            Kind::Boolean => json!(!(self.made + self.turn).is_multiple_of(2)),
            Kind::List(items) => self.list(items, name),
            Kind::Map(values) => self.map(values, name),
            Kind::Object(object) => self.within(schema, |own| own.object(&object)),
            Kind::Union(union) => {
                self.turns = self.turns.max(union.members.len());
                self.member(&union, self.turn)
            }
        }
    }

    fn text(&self, format: &str, name: &str) -> Value {
        let made = self.made;
        match (format, self.sender) {
            ("date-time", Sender::Server) => match made % 4 {
                0 => json!("2014-10-27T11:57:01.915+1100"),
                1 => json!("2024-10-09T11:51:59.233+11:00"),
                2 => json!("2026-03-02T10:15:00Z"),
                _ => json!(1_414_371_421_915_u64),
            },
            ("number-or-text", Sender::Server) => match made % 3 {
                0 => json!("none"),
                1 => json!(-1),
                _ => json!(1.5),
            },
            ("date-time", _) => json!("2024-10-09T11:51:59.233+11:00"),
            ("date", _) => json!("2024-10-09"),
            ("email", _) => json!(format!("{}{made}@example.com", name.to_lowercase())),
            ("uri", _) => json!(format!("https://example.com/{made}?a=b&c=d%20e")),
            ("uuid", _) => json!(format!("00000000-0000-4000-8000-{made:012}")),
            _ => json!(format!("{name} {made}: ä/日 \"q\" <&> \\")),
        }
    }

    fn list(&mut self, items: &'a Value, name: &str) -> Value {
        match kind(self.spec, items) {
            // Every member at once.
            Kind::Union(union) => (0..union.members.len())
                .map(|turn| self.member(&union, turn))
                .collect(),
            Kind::Enum(values) if self.mode == Mode::Full => {
                values.into_iter().map(Value::from).collect()
            }
            _ if self.deep(items) => json!([]),
            // Two are enough to see that there can be several.
            _ if self.within.len() > 1 => json!([self.make(items, name)]),
            _ => (0..2).map(|_| self.make(items, name)).collect(),
        }
    }

    fn map(&mut self, values: Option<&'a Value>, name: &str) -> Value {
        let mut value = |key: &str| match values {
            Some(values) => self.make(values, name),
            None => json!({ key: [name, 7, null] }),
        };
        json!({ "a key": value("a key"), "ä/2": value("ä/2") })
    }

    fn object(&mut self, object: &Object<'a>) -> Value {
        let mut made = Map::new();
        let full = matches!(self.mode, Mode::Full | Mode::Unlisted);
        let all = full || (self.full_outside && self.within.len() == 1);
        for &(name, schema) in &object.properties {
            let required = object.requires(name);
            if required || (all && !self.deep(schema)) {
                made.insert(name.to_owned(), self.make(schema, name));
            } else if self.mode == Mode::Nulls {
                made.insert(name.to_owned(), Value::Null);
            }
        }
        if let Some(rule) = object.rule {
            rules::obey(rule, &mut made);
        }
        Value::Object(made)
    }

    fn member(&mut self, union: &Union<'a>, turn: usize) -> Value {
        let member = &union.members[turn % union.members.len()];
        let mut made = self.make(member.schema, "member");
        if let Some(tag) = union.tag {
            made[tag] = json!(member.values[turn / union.members.len() % member.values.len()]);
        }
        made
    }

    fn within(&mut self, schema: &'a Value, make: impl FnOnce(&mut Self) -> Value) -> Value {
        assert!(
            self.within.len() < 16,
            "required within itself: {:?}",
            self.within
        );
        self.within.push(reference(schema).unwrap_or_default());
        let made = make(self);
        self.within.pop();
        made
    }

    /// Whether an object is left out here so that the value comes to an end: one that stands within
    /// its like has no objects of its own.
    fn deep(&self, schema: &Value) -> bool {
        if !holds_object(self.spec, schema) {
            return false;
        }
        let repeated = match self.within.split_last() {
            Some((own, outer)) => outer.contains(own),
            None => false,
        };
        repeated || self.within.len() >= DEEPEST
    }
}
