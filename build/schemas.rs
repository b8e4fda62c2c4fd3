//! The schemas of a service as the generator knows them: structs, open enums and unions with a name,
//! and primitives, lists and maps without one.

use std::collections::{BTreeMap, BTreeSet};

/// What a value looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// A string; the format decides which Rust type it has.
    Text(Format),
    Integer32,
    Integer,
    Number,
    Boolean,
    /// Any JSON value.
    Any,
    List(Box<Shape>),
    Map(Box<Shape>),
    /// A struct, enum or union with a name.
    Named(String),
}

/// The formats of a string that have a type of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    Plain,
    DateTime,
    Secret,
    Binary,
    NumberOrText,
    /// An identifier whose newtype is used for arguments: the newtype's name.
    Id(&'static str),
}

/// A struct: an object with properties.
#[derive(Debug, Clone)]
pub struct Struct {
    pub name: String,
    pub description: String,
    pub properties: Vec<Property>,
    /// The wire names of what must be there, in the order of a constructor's arguments.
    pub required: Vec<String>,
    /// The function that checks a value before it is sent.
    pub rule: Option<String>,
    pub file: String,
}

impl Struct {
    pub fn property(&self, wire: &str) -> Option<&Property> {
        self.properties
            .iter()
            .find(|property| property.wire == wire)
    }
}

/// A property of a struct.
#[derive(Debug, Clone)]
pub struct Property {
    pub wire: String,
    pub rust: String,
    pub shape: Shape,
    pub required: bool,
    pub description: String,
}

/// An open enum: the values known today.
#[derive(Debug, Clone)]
pub struct Enum {
    pub name: String,
    pub description: String,
    /// Variant and value.
    pub variants: Vec<(String, String)>,
}

/// One of several structs.
#[derive(Debug, Clone)]
pub struct Union {
    pub name: String,
    pub description: String,
    /// The property that tells the members apart, where there is one.
    pub tag: Option<String>,
    pub members: Vec<Member>,
}

/// A member of a union.
#[derive(Debug, Clone)]
pub struct Member {
    pub variant: String,
    pub schema: String,
    /// The values of the tag that mean this member.
    pub values: Vec<String>,
}

/// All named schemas of a service.
#[derive(Debug, Default)]
pub struct Schemas {
    pub structs: BTreeMap<String, Struct>,
    pub enums: BTreeMap<String, Enum>,
    pub unions: BTreeMap<String, Union>,
    /// What hand-written code names: it is kept though nothing else may refer to it.
    pub standalone: BTreeSet<String>,
    /// What of it such code makes, so that it needs a constructor.
    pub made: BTreeSet<String>,
}

impl Schemas {
    /// The names of all that is reached from `roots`, which are among them.
    pub fn reached(&self, roots: impl IntoIterator<Item = String>) -> BTreeSet<String> {
        let mut open: Vec<String> = roots.into_iter().collect();
        let mut reached = BTreeSet::new();
        while let Some(name) = open.pop() {
            if let Some(schema) = self.structs.get(&name) {
                let news = schema.properties.iter().filter_map(|p| named(&p.shape));
                open.extend(news.filter(|name| !reached.contains(name)));
            }
            if let Some(union) = self.unions.get(&name) {
                let news = union.members.iter().map(|member| member.schema.clone());
                open.extend(news.filter(|name| !reached.contains(name)));
            }
            reached.insert(name);
        }
        reached
    }

    /// Drops everything that is not reached from `roots` or kept on purpose.
    pub fn prune(&mut self, roots: impl IntoIterator<Item = String>) {
        let kept: Vec<String> = self.standalone.iter().cloned().chain(roots).collect();
        let reached = self.reached(kept);
        self.structs.retain(|name, _| reached.contains(name));
        self.unions.retain(|name, _| reached.contains(name));
        self.enums.retain(|name, _| reached.contains(name));
    }
}

/// The named schema within a shape, where there is one.
pub fn named(shape: &Shape) -> Option<String> {
    match shape {
        Shape::Named(name) => Some(name.clone()),
        Shape::List(inner) | Shape::Map(inner) => named(inner),
        _ => None,
    }
}
