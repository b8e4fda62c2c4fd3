//! The handles of a service's resource groups, and the table of its operations.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::build::model::{Answer, Group, Operation, Paging, Service};
use crate::build::normalise::{Format, Schemas, Shape};
use crate::build::requests;
use crate::build::spec::Merged;

/// Writes the modules of all groups, the client's methods for them, the table of operations and
/// what the pages of lists are made of.
pub fn write(service: &Service) -> TokenStream {
    let modules = service.groups.iter().map(|group| module(group, service));
    let methods = service.groups.iter().map(client_method);
    let table = table(service);
    let pages = pages(service);
    quote! {
        #[allow(clippy::all)]
        impl Client { #(#methods)* }
        #(#modules)*
        #table
        #pages
    }
}

/// The client's methods for groups that only an older interface has, which lives in `module`.
pub fn delegate(older: &Merged, service: &Service, module: &str) -> TokenStream {
    let module = format_ident!("{module}");
    let methods = older.groups.iter().filter_map(|group| {
        let name = group.stem.to_snake_case();
        if service.groups.iter().any(|own| own.name == name) {
            return None;
        }
        let handle = format_ident!("{}", name.to_upper_camel_case());
        let doc = format!(
            "{}\n\nOnly the first version of the interface has it.",
            group.description.trim_end()
        );
        let name = format_ident!("{name}");
        Some(quote! {
            #[doc = #doc]
            #[must_use]
            #[inline]
            pub fn #name(&self) -> #module::#name::#handle {
                #module::#name::#handle::new(self.core.clone())
            }
        })
    });
    quote!(impl Client { #(#methods)* })
}

fn client_method(group: &Group) -> TokenStream {
    let name = format_ident!("{}", group.name);
    let handle = format_ident!("{}", group.handle);
    let doc = &group.description;
    quote! {
        #[doc = #doc]
        #[must_use]
        #[inline]
        pub fn #name(&self) -> #name::#handle {
            #name::#handle::new(self.core.clone())
        }
    }
}

fn module(group: &Group, service: &Service) -> TokenStream {
    let name = format_ident!("{}", group.name);
    let handle = format_ident!("{}", group.handle);
    let doc = &group.description;
    let handle_doc = format!(
        "{}\n\nMade by [`Client::{}`](super::Client::{}); cheap to clone. The service's own documentation \
         has it under “{}”.",
        group.description.trim_end(),
        group.name,
        group.name,
        group.title
    );
    let methods = group
        .operations
        .iter()
        .map(|operation| requests::method(operation, service));
    let structs = group
        .operations
        .iter()
        .map(|operation| requests::request(operation, group, service));
    let follow = group
        .operations
        .iter()
        .filter_map(|operation| follow(operation, service));
    let known = known_values(group);
    quote! {
        #[doc = #doc]
        #[allow(clippy::all)]
        pub mod #name {
            #[allow(unused_imports)]
            use super::{operations, rules, types};

            #[doc = #handle_doc]
            #[derive(Clone, Debug)]
            pub struct #handle { core: crate::transport::Core }

            impl #handle {
                pub(crate) fn new(core: crate::transport::Core) -> Self { Self { core } }
                #(#methods)*
                #(#follow)*
            }
            #(#structs)*
            #known
        }
    }
}

/// A method that takes up a long task by its id, for an operation that long tasks are polled with.
fn follow(operation: &Operation, service: &Service) -> Option<TokenStream> {
    let polled = |other: &Operation| {
        other
            .task
            .as_ref()
            .is_some_and(|t| t.status == operation.id)
    };
    if !service
        .groups
        .iter()
        .flat_map(|group| &group.operations)
        .any(polled)
    {
        return None;
    }
    let Answer::Json(shape) = &operation.answer else {
        return None;
    };
    let status = crate::build::types::rust_type(shape, &quote!(types::));
    let constant = constant(&operation.id);
    let name = match operation.verb.strip_prefix("get_") {
        Some(what) => format_ident!("follow_{what}"),
        None => format_ident!("follow"),
    };
    let polled = format!(
        "It is polled with `{} {}`.",
        operation.method, operation.path
    );
    if operation.path_parameters.is_empty() {
        let doc = format!(
            "Takes up the only long task of its kind, in this process or another. {polled}"
        );
        return Some(quote! {
            #[doc = #doc]
            pub fn #name(&self) -> crate::LongTask<#status> {
                crate::LongTask::resume(self.core.clone(), &operations::#constant, None)
            }
        });
    }
    let doc = format!(
        "Takes up a long task again by the id that [`LongTask::id`](crate::LongTask::id) gave, in \
         this process or another. {polled}"
    );
    Some(quote! {
        #[doc = #doc]
        pub fn #name(&self, id: impl Into<String>) -> crate::LongTask<#status> {
            crate::LongTask::resume(self.core.clone(), &operations::#constant, Some(id.into()))
        }
    })
}

/// Constants for the known values of free strings, such as what can be expanded.
fn known_values(group: &Group) -> TokenStream {
    let mut known: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for operation in &group.operations {
        for parameter in operation.parameters.iter().filter(|p| !p.values.is_empty()) {
            let values = known.entry(&parameter.rust).or_default();
            values.extend(parameter.values.iter().map(String::as_str));
        }
    }
    let modules = known.into_iter().map(|(parameter, values)| {
        let module = format_ident!("{parameter}");
        let doc = format!(
            "Values that the server is known to take for `{parameter}`; others are possible."
        );
        let constants = values.into_iter().map(|value| {
            let name = format_ident!("{}", value.to_shouty_snake_case());
            let doc = format!("`{value}`");
            quote!(#[doc = #doc] pub const #name: &str = #value;)
        });
        quote! {
            #[doc = #doc]
            pub mod #module { #(#constants)* }
        }
    });
    modules.collect()
}

/// The name of an operation in the table.
pub fn constant(id: &str) -> syn::Ident {
    format_ident!("{}", id.to_shouty_snake_case())
}

fn table(service: &Service) -> TokenStream {
    let operations = || service.groups.iter().flat_map(|group| &group.operations);
    let constants = operations().map(|operation| {
        let name = constant(&operation.id);
        let (id, path) = (&operation.id, &operation.path);
        let method = format_ident!("{}", operation.method);
        let retry = match operation.idempotent {
            true => quote!(Idempotent),
            false => quote!(Create),
        };
        quote! {
            pub(crate) static #name: Operation = Operation {
                id: #id, method: http::Method::#method, path: #path,
                retry: RetryClass::#retry,
            };
        }
    });
    let names = operations().map(|operation| constant(&operation.id));
    quote! {
        /// Every operation of the service: its id, method, path and how it may be tried again.
        pub(crate) mod operations {
            use crate::transport::{Operation, RetryClass};
            #(#constants)*
            pub(crate) static ALL: &[&Operation] = &[#(&#names),*];
        }
    }
}

/// How the pages of lists are taken apart, once for each type of page, and what tells their items
/// apart, once for each type of item.
fn pages(service: &Service) -> TokenStream {
    let mut pages = BTreeMap::new();
    let mut items = BTreeSet::new();
    for operation in service.groups.iter().flat_map(|group| &group.operations) {
        let Some(paging) = &operation.paging else {
            continue;
        };
        if let Shape::Named(item) = &paging.item {
            items.insert(item.clone());
        }
        if let (Answer::Json(Shape::Named(name)), Some(field)) = (&operation.answer, &paging.items)
        {
            pages.insert(name.clone(), (field.clone(), paging));
        }
    }
    let pages = pages
        .into_iter()
        .map(|(name, (field, paging))| page(&name, &field, paging, &service.schemas));
    let items = items
        .into_iter()
        .map(|name| identify(&name, &service.schemas));
    pages.chain(items).collect()
}

fn page(name: &str, field: &str, paging: &Paging, schemas: &Schemas) -> TokenStream {
    let ident = format_ident!("{name}");
    let Some(schema) = schemas.structs.get(name) else {
        return TokenStream::new();
    };
    let Some(list) = schema.property(field) else {
        return TokenStream::new();
    };
    let items = format_ident!("{}", list.rust);
    let items = match list.required {
        true => quote!(self.#items),
        false => quote!(self.#items.unwrap_or_default()),
    };
    let item = crate::build::types::rust_type(&paging.item, &quote!(types::));
    let marks = marks(schema, schemas);
    quote! {
        #[allow(clippy::all)]
        impl crate::paging::PageBody for types::#ident {
            type Item = #item;
            #[allow(private_interfaces)]
            fn into_parts(self) -> (Vec<Self::Item>, crate::paging::Marks) {
                #[allow(unused_mut)]
                let mut marks = crate::paging::Marks::default();
                #marks
                (#items, marks)
            }
        }
    }
}

/// Reads what a page says of itself: how long it may be and what follows.
fn marks(schema: &crate::build::normalise::Struct, schemas: &Schemas) -> TokenStream {
    let mut tokens = TokenStream::new();
    if let Some(property) = schema.property("limit") {
        let field = format_ident!("{}", property.rust);
        let value = optional(property.required, quote!(self.#field));
        tokens.extend(quote!(marks.limit = #value.and_then(crate::paging::count);));
    }
    for (wire, mark) in [
        ("cursor", "cursor"),
        ("nextCursor", "cursor"),
        ("nextPageToken", "cursor"),
    ] {
        let Some(property) = schema.property(wire) else {
            continue;
        };
        let (field, mark) = (format_ident!("{}", property.rust), format_ident!("{mark}"));
        let value = optional(property.required, quote!(self.#field.clone()));
        tokens.extend(quote!(marks.#mark = #value;));
    }
    if let Some(property) = schema.property("isLast") {
        let field = format_ident!("{}", property.rust);
        let value = optional(property.required, quote!(self.#field));
        tokens.extend(quote!(marks.is_last = #value;));
    }
    if let Some(next) = next_link(schema, schemas) {
        tokens.extend(quote!(marks.next = #next;));
    }
    tokens
}

fn optional(required: bool, value: TokenStream) -> TokenStream {
    if required {
        quote!(Some(#value))
    } else {
        value
    }
}

fn next_link(schema: &crate::build::normalise::Struct, schemas: &Schemas) -> Option<TokenStream> {
    let links = schema.property("_links")?;
    let field = format_ident!("{}", links.rust);
    match &links.shape {
        Shape::Named(name) => {
            let next = schemas.structs.get(name)?.property("next")?;
            let next_field = format_ident!("{}", next.rust);
            Some(match (links.required, next.required) {
                (true, true) => quote!(Some(self.#field.#next_field.clone())),
                (true, false) => quote!(self.#field.#next_field.clone()),
                (false, true) => {
                    quote!(self.#field.as_ref().map(|links| links.#next_field.clone()))
                }
                (false, false) => {
                    quote!(self.#field.as_ref().and_then(|links| links.#next_field.clone()))
                }
            })
        }
        Shape::Map(_) => Some(quote! {
            crate::paging::next_of(&self.#field)
        }),
        _ => None,
    }
}

/// What tells an item from another: the first of these that it has.
const IDENTITIES: &[&str] = &[
    "id",
    "accountId",
    "userKey",
    "key",
    "username",
    "userName",
    "name",
    "url",
];

fn identify(name: &str, schemas: &Schemas) -> TokenStream {
    let ident = format_ident!("{name}");
    let Some(schema) = schemas.structs.get(name) else {
        // A union or an open enum says itself what tells it apart.
        return TokenStream::new();
    };
    let found = IDENTITIES.iter().find_map(|wire| {
        let property = schema.property(wire)?;
        let plain = matches!(
            property.shape,
            Shape::Text(Format::Plain | Format::Id(_)) | Shape::Integer | Shape::Integer32
        );
        plain.then_some(property)
    });
    let Some(property) = found else {
        return quote!(impl crate::paging::Identify for types::#ident {});
    };
    let field = format_ident!("{}", property.rust);
    let body = match property.required {
        true => quote!(crate::paging::identity_of(&self.#field)),
        false => quote! {
            match &self.#field {
                Some(value) => crate::paging::identity_of(value),
                None => crate::paging::identity_of_whole(self),
            }
        },
    };
    quote! {
        impl crate::paging::Identify for types::#ident {
            const STABLE: bool = true;
            fn identity(&self) -> u64 { #body }
        }
    }
}
