//! The operations of a service as the generator writes them.

use std::collections::BTreeSet;

use crate::build::layout;
use crate::build::schemas::{Schemas, Shape, Struct, named};

/// A service, ready to be written.
pub struct Service {
    pub groups: Vec<Group>,
    pub schemas: Schemas,
    /// The structs that requests are made of: they get constructors and setters.
    pub sent: BTreeSet<String>,
    /// The structs that are boxed where they are optional.
    pub boxed: BTreeSet<String>,
}

impl Service {
    /// A service of these groups, with those of the schemas that they need.
    pub fn new(groups: Vec<Group>, mut schemas: Schemas) -> Self {
        let made = schemas.made.iter().cloned();
        let operations = || groups.iter().flat_map(|group| &group.operations);
        let sent = schemas.reached(operations().filter_map(body_root).chain(made));
        schemas.prune(operations().flat_map(roots));
        let boxed = layout::boxed(&schemas);
        Self {
            groups,
            schemas,
            sent,
            boxed,
        }
    }
}

/// A resource group.
pub struct Group {
    /// The module and the client's method: `admin_user`.
    pub name: String,
    /// The handle's type: `AdminUser`.
    pub handle: String,
    /// The name in the service's own documentation.
    pub title: String,
    pub description: String,
    pub operations: Vec<Operation>,
}

/// An operation.
pub struct Operation {
    pub id: String,
    /// The handle's method: `change_password`.
    pub verb: String,
    /// The request struct: `ChangePassword`.
    pub request: String,
    pub method: String,
    pub path: String,
    pub summary: String,
    pub description: String,
    pub requires: Vec<String>,
    pub errors: Vec<(String, String)>,
    pub deprecated: Option<String>,
    /// Path parameters in the order of the template.
    pub path_parameters: Vec<Parameter>,
    pub parameters: Vec<Parameter>,
    pub headers: Vec<(String, String)>,
    pub body: Body,
    pub answer: Answer,
    pub paging: Option<Paging>,
    /// Whether the method's default retry class is overridden.
    pub idempotent: bool,
    /// The operation whose answer a long task is polled with.
    pub task: Option<Task>,
    /// How the ids that it lists become objects.
    pub details: Option<Details>,
    /// The operations that a server would take it for, by some of its path values.
    pub siblings: Vec<Sibling>,
    /// The operation that takes such a value in its query.
    pub instead: Option<String>,
    pub file: String,
}

/// An operation with a word where another has a path value.
pub struct Sibling {
    pub id: String,
    pub path: String,
}

/// A parameter in the path, the query or a header.
#[derive(Clone)]
pub struct Parameter {
    pub wire: String,
    pub rust: String,
    pub place: Place,
    pub shape: Shape,
    pub required: bool,
    pub description: String,
    /// An array that goes out as one value, joined with commas.
    pub joined: bool,
    /// A path value that is several segments, divided by slashes.
    pub segments: bool,
    /// Known values of a free string.
    pub values: Vec<String>,
    pub rule: Option<String>,
}

/// Where a parameter goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Path,
    Query,
    Header,
}

/// What is sent.
pub enum Body {
    None,
    Json {
        shape: Shape,
        required: bool,
    },
    /// The parts of a form.
    Multipart(Struct),
    /// Bytes as they are, with this content type.
    Binary {
        content_type: String,
    },
}

/// What comes back.
#[derive(Clone, PartialEq, Eq)]
pub enum Answer {
    Nothing,
    Json(Shape),
    /// A body, or 204 without one.
    Maybe(Shape),
    Text,
    Download,
    /// The id at the end of `Location`.
    Created,
}

/// How a list pages.
pub struct Paging {
    pub style: String,
    pub items: Option<String>,
    pub position: String,
    pub limit: String,
    pub in_body: bool,
    /// What must not be sent together with a position.
    pub replaces: Vec<String>,
    /// The shape of one item.
    pub item: Shape,
}

/// How the ids of a list are resolved to objects.
pub struct Details {
    /// The property of the answer that holds the ids.
    pub items: String,
    /// The operation that reads the object of one.
    pub get: String,
}

/// How a long task is followed.
pub struct Task {
    /// The property of the answer with the task's id; none where there is only one task at a time.
    pub id: Option<String>,
    pub status: String,
}

/// What the body of an operation refers to.
fn body_root(operation: &Operation) -> Option<String> {
    match &operation.body {
        Body::Json { shape, .. } => named(shape),
        Body::Multipart(_) | Body::Binary { .. } | Body::None => None,
    }
}

/// All that the code of an operation refers to.
fn roots(operation: &Operation) -> Vec<String> {
    let answer = match &operation.answer {
        Answer::Json(shape) | Answer::Maybe(shape) => Some(shape),
        _ => None,
    };
    let parts = match &operation.body {
        Body::Multipart(form) => form.properties.as_slice(),
        _ => &[],
    };
    let path = operation.path_parameters.iter();
    let parameters = path.chain(&operation.parameters).map(|p| &p.shape);
    let shapes = parameters
        .chain(answer)
        .chain(parts.iter().map(|part| &part.shape));
    shapes
        .filter_map(named)
        .chain(body_root(operation))
        .collect()
}
