//! Which structs are kept in a box where they are optional parts of others.
//!
//! Inline, structs within structs grow to sizes that no stack holds: an answer with every expansion
//! would need megabytes. In a box each would cost an allocation more than needed. So the small ones are
//! inline, and the large ones, those that hold themselves, and those of which one struct has many (a body
//! in each representation, of which one or two ever come) are boxed.

use std::collections::{BTreeMap, BTreeSet};

use crate::build::schemas::{Property, Schemas, Shape};

/// The size in bytes from which a struct is boxed: a few strings and numbers stay inline.
const LARGE: usize = 160;

/// The size in bytes that all optional parts of one kind may have inline within a struct.
const MANY: usize = 320;

/// The names of the structs that are boxed.
pub fn boxed(schemas: &Schemas) -> BTreeSet<String> {
    let mut layout = Layout {
        schemas,
        sizes: BTreeMap::new(),
        boxed: BTreeSet::new(),
    };
    for name in schemas.structs.keys() {
        layout.size(name);
    }
    layout.boxed
}

struct Layout<'a> {
    schemas: &'a Schemas,
    /// The sizes found so far; none for a struct that is being looked at.
    sizes: BTreeMap<String, Option<usize>>,
    boxed: BTreeSet<String>,
}

impl Layout<'_> {
    /// The size of a struct's own fields.
    fn size(&mut self, name: &str) -> usize {
        match self.sizes.get(name) {
            Some(Some(size)) => return *size,
            Some(None) => {
                self.boxed.insert(name.to_owned());
                return POINTER;
            }
            None => {}
        }
        self.sizes.insert(name.to_owned(), None);
        let schemas = self.schemas;
        let properties = schemas
            .structs
            .get(name)
            .map_or(&[][..], |schema| &schema.properties);
        let inline_size = |layout: &mut Self| -> usize {
            let fields = properties.iter();
            fields
                .map(|property| layout.field(&property.shape, property.required))
                .sum()
        };
        if inline_size(self) > LARGE {
            self.boxed.insert(name.to_owned());
        }
        self.box_the_many(properties);
        let size = inline_size(self);
        self.sizes.insert(name.to_owned(), Some(size));
        size
    }

    /// Boxes the kinds of which there are too many among the optional parts.
    fn box_the_many(&mut self, properties: &[Property]) {
        let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
        for property in properties.iter().filter(|property| !property.required) {
            if let Shape::Named(name) = &property.shape {
                *sizes.entry(name).or_default() += self.field(&property.shape, false);
            }
        }
        let many = sizes.into_iter().filter(|(_, size)| *size > MANY);
        let names = many.map(|(name, _)| name.to_owned());
        self.boxed
            .extend(names.filter(|name| self.schemas.structs.contains_key(name)));
    }

    fn field(&mut self, shape: &Shape, required: bool) -> usize {
        match shape {
            Shape::Named(name) if self.schemas.structs.contains_key(name) => {
                let size = self.size(name);
                if !required && self.boxed.contains(name) {
                    POINTER
                } else {
                    size
                }
            }
            Shape::Any => 32,
            Shape::Integer | Shape::Integer32 | Shape::Number | Shape::Boolean => 16,
            _ => 24,
        }
    }
}

/// The size of a box.
const POINTER: usize = 8;
