//! Turns the names in descriptions into those that readers of the documentation know.
//!
//! A description names an operation by its id (`` `space_create` ``) or as it is called
//! (`` `space().create()` ``): both become links. Parameters and properties have the names of the wire in
//! it (`` `allowDuplicated` ``), and get those of Rust.

use std::collections::BTreeMap;

use crate::build::model::{Body, Operation, Service};
use crate::build::schemas::Property;

/// Links the names of operations in all that is said in a service whose code lives in `module`.
pub fn link(service: &mut Service, module: &str) {
    let links = links(service, module);
    let replace = |text: &mut String| *text = linked(text, &links);
    for group in &mut service.groups {
        replace(&mut group.description);
        group
            .operations
            .iter_mut()
            .for_each(|operation| link_operation(operation, replace));
    }
    for schema in service.schemas.structs.values_mut() {
        let names = names_of(&schema.properties).collect();
        let replace = |text: &mut String| *text = linked(&linked(text, &links), &names);
        replace(&mut schema.description);
        schema
            .properties
            .iter_mut()
            .for_each(|property| replace(&mut property.description));
    }
}

/// The Rust name for each name on the wire that differs from it, in backticks.
fn names_of(properties: &[Property]) -> impl Iterator<Item = (String, String)> {
    let differing = properties.iter().filter(|own| own.wire != own.rust);
    differing.map(|own| (own.wire.clone(), format!("`{}`", own.rust)))
}

/// The same for all that an operation can be told.
fn names_in(operation: &Operation) -> BTreeMap<String, String> {
    let parameters = operation
        .path_parameters
        .iter()
        .chain(&operation.parameters)
        .filter(|own| own.wire != own.rust)
        .map(|own| (own.wire.clone(), format!("`{}`", own.rust)));
    let parts = match &operation.body {
        Body::Multipart(form) => names_of(&form.properties).collect(),
        _ => Vec::new(),
    };
    parameters.chain(parts).collect()
}

fn link_operation(operation: &mut Operation, link: impl Fn(&mut String)) {
    let names = names_in(operation);
    let replace = |text: &mut String| {
        link(text);
        *text = linked(text, &names);
    };
    replace(&mut operation.summary);
    replace(&mut operation.description);
    let parameters = operation
        .path_parameters
        .iter_mut()
        .chain(&mut operation.parameters);
    parameters.for_each(|parameter| replace(&mut parameter.description));
    if let Body::Multipart(form) = &mut operation.body {
        let parts = form.properties.iter_mut();
        parts.for_each(|part| replace(&mut part.description));
    }
}

/// The link for each way to name an operation.
fn links(service: &Service, module: &str) -> BTreeMap<String, String> {
    let mut links = BTreeMap::new();
    for group in &service.groups {
        for operation in &group.operations {
            let called = format!("{}().{}()", group.name, operation.verb);
            let path = format!(
                "{module}::{}::{}::{}",
                group.name, group.handle, operation.verb
            );
            let link = format!("[`{called}`]({path})");
            links.insert(operation.id.clone(), link.clone());
            links.insert(called, link);
        }
    }
    links
}

/// The text with a link for each name between backticks that has one.
fn linked(text: &str, links: &BTreeMap<String, String>) -> String {
    if !text.matches('`').count().is_multiple_of(2) {
        return text.to_owned();
    }
    // Outside and inside of backticks take turns.
    let mut linked = String::with_capacity(text.len());
    for (index, part) in text.split('`').enumerate() {
        match links.get(part).filter(|_| index % 2 == 1) {
            Some(link) => linked.push_str(link),
            None if index % 2 == 1 => linked.push_str(&format!("`{part}`")),
            None => linked.push_str(part),
        }
    }
    linked
}
