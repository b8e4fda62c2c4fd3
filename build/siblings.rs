//! Which operations a path value could turn a request into, as `info` turns `GET /group/{name}` into
//! `GET /group/info`.

use crate::build::model::{Group, Operation, Service, Sibling};
use crate::build::normalise::text;
use crate::build::schemas::{Schemas, Shape};
use crate::build::spec::RawOperation;

/// Finds the siblings of every operation, and the operation that takes such values in its query. The
/// server has `all` operations, whichever of them are written.
pub fn mark(service: &mut Service, all: &[RawOperation]) {
    let mut found = Vec::new();
    for group in &service.groups {
        for operation in &group.operations {
            let hiding = all
                .iter()
                .filter(|other| hides(other, operation, &service.schemas));
            let siblings: Vec<Sibling> = hiding.map(sibling).collect();
            let instead = (!siblings.is_empty()).then(|| by_query(operation, group));
            found.push((siblings, instead.flatten()));
        }
    }
    let operations = service.groups.iter_mut().flat_map(|g| &mut g.operations);
    for (operation, (siblings, instead)) in operations.zip(found) {
        if let Some(instead) = &instead {
            let sentence = format!(
                "\n\nA value that would make the path that of another operation is refused before anything is \
                 sent: `{instead}` takes it."
            );
            operation.description.push_str(&sentence);
        }
        operation.siblings = siblings;
        operation.instead = instead;
    }
}

fn sibling(operation: &RawOperation) -> Sibling {
    Sibling {
        id: text(&operation.value, "operationId"),
        path: operation.path.clone(),
    }
}

/// Whether a server takes a request of `operation` for one of `other` when its path values are the
/// words of the other's path: the template that has a word first wins.
fn hides(other: &RawOperation, operation: &Operation, schemas: &Schemas) -> bool {
    if other.method != operation.method || other.path == operation.path {
        return false;
    }
    let (own, others): (Vec<_>, Vec<_>) = (
        operation.path.split('/').collect(),
        other.path.split('/').collect(),
    );
    let mut hidden = None;
    for (own, word) in own.iter().zip(&others) {
        let compatible = match (own.contains('{'), word.contains('{')) {
            (false, false) => own == word,
            (true, true) => true,
            (true, false) => {
                hidden.get_or_insert(true);
                can_be(operation, own, word, schemas)
            }
            (false, true) => {
                hidden.get_or_insert(false);
                true
            }
        };
        if !compatible {
            return false;
        }
    }
    own.len() == others.len() && hidden == Some(true)
}

/// Whether a parameter can have this word as its value without meaning it: a kind that is declared, such
/// as `attachment`, is meant, and the path of the other operation with it.
fn can_be(operation: &Operation, hole: &str, word: &str, schemas: &Schemas) -> bool {
    let mut parameters = operation.path_parameters.iter();
    let Some(parameter) = parameters.find(|own| format!("{{{}}}", own.wire) == hole) else {
        return false;
    };
    match &parameter.shape {
        Shape::Text(_) => true,
        Shape::Named(name) => schemas
            .enums
            .get(name)
            .is_some_and(|known| known.variants.iter().all(|(_, value)| value != word)),
        _ => false,
    }
}

/// The operation of the group that answers the same and has the last path value in its query.
fn by_query(operation: &Operation, group: &Group) -> Option<String> {
    let moved = operation.path_parameters.last()?;
    let takes = |other: &&Operation| {
        let mut required = other.parameters.iter().filter(|own| own.required);
        other.method == operation.method
            && other.answer == operation.answer
            && other.path_parameters.len() + 1 == operation.path_parameters.len()
            && required.any(|own| own.wire == moved.wire)
            && operation.path.rsplit_once('/').map(|(above, _)| above)
                == other.path.rsplit_once('/').map(|(above, _)| above)
    };
    group.operations.iter().find(takes).map(|it| it.id.clone())
}
