//! What the documentation says of an operation.

use proc_macro2::TokenStream;
use quote::quote;

use crate::build::model::{Body, Operation, Service};
use crate::build::schemas::named;

/// The attribute of an operation that the service will drop.
pub fn deprecated(operation: &Operation) -> Option<TokenStream> {
    let instead = operation.deprecated.as_ref()?;
    let note = match instead.as_str() {
        "" => "the service will drop this operation".to_owned(),
        instead => format!("use instead: {instead}"),
    };
    Some(quote!(#[deprecated(note = #note)]))
}

/// What the handle's method says of the operation.
pub fn documentation(operation: &Operation, service: &Service) -> String {
    let mut doc = operation.summary.clone();
    if !operation.description.is_empty() {
        doc.push_str("\n\n");
        doc.push_str(&operation.description);
    }
    let request = &operation.request;
    if operation.paging.is_some() {
        doc.push_str(&format!(
            "\n\n[`.items()`]({request}::items) gives all of the list as a stream, \
             [`.pages()`]({request}::pages) page by page; awaiting gives one page."
        ));
    }
    if operation.details.is_some() {
        doc.push_str(&format!(
            "\n\n[`.details()`]({request}::details) gives the objects that the ids stand for as a stream."
        ));
    }
    doc.push_str(&format!("\n\n`{} {}`", operation.method, operation.path));
    if let Some(requires) = requires(operation) {
        doc.push_str(&format!("\n\n{requires}"));
    }
    let required = operation
        .parameters
        .iter()
        .filter(|parameter| parameter.required);
    let parameters = operation.path_parameters.iter().chain(required);
    let arguments: Vec<_> = parameters
        .map(|own| (own.rust.as_str(), own.description.as_str()))
        .chain(sent(operation, service))
        .collect();
    if !arguments.is_empty() {
        doc.push_str("\n\n# Arguments\n");
        for (name, description) in arguments {
            doc.push_str(&format!("\n- `{name}`: {}", one_line(description)));
        }
    }
    if !operation.errors.is_empty() {
        doc.push_str("\n\n# Errors\n");
        for (status, meaning) in &operation.errors {
            doc.push_str(&format!("\n- {status}: {}", one_line(meaning)));
        }
    }
    doc
}

/// The arguments that make up the body, each with its description.
fn sent<'a>(operation: &'a Operation, service: &'a Service) -> Vec<(&'a str, &'a str)> {
    match &operation.body {
        Body::Json {
            shape,
            required: true,
        } => {
            let name = named(shape).unwrap_or_default();
            let described = service.schemas.structs.get(&name);
            let description = described.map_or("What is sent.", |schema| &schema.description);
            vec![("body", description)]
        }
        Body::Multipart(form) => {
            let required = form.required.iter().filter_map(|wire| form.property(wire));
            required
                .map(|part| (part.rust.as_str(), part.description.as_str()))
                .collect()
        }
        Body::Binary { .. } => vec![("body", "The file.")],
        Body::Json { .. } | Body::None => Vec::new(),
    }
}

/// Who may call it, as a sentence.
fn requires(operation: &Operation) -> Option<String> {
    let requires = operation.requires.join("; ");
    let requires = requires.trim_end_matches('.');
    match requires.strip_prefix("none: ") {
        _ if requires.is_empty() => None,
        Some(who) => Some(format!("Requires no privilege: {who}.")),
        None => Some(format!("Requires: {requires}.")),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
