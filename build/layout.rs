//! Which structs are kept in a box where they are optional parts of others.
//!
//! Inline, structs within structs grow to sizes that no stack holds: an answer with every expansion
//! would need megabytes. In a box each would cost an allocation more than needed. So the small ones are
//! inline, and the large ones and those that hold themselves are boxed.

use std::collections::{BTreeMap, BTreeSet};

use crate::build::schemas::{Schemas, Shape};

/// The size in bytes from which a struct is boxed: a few strings and numbers stay inline.
const LARGE: usize = 160;

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
            .into_iter()
            .flat_map(|schema| &schema.properties);
        let size = properties
            .map(|property| self.field(&property.shape, property.required))
            .sum();
        self.sizes.insert(name.to_owned(), Some(size));
        if size > LARGE {
            self.boxed.insert(name.to_owned());
        }
        size
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
