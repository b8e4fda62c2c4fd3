//! The handles of a service's resource groups, and the table of its operations.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::build::model::{Answer, Group, Operation, Service};
use crate::build::spec::Merged;
use crate::build::table::constant;
use crate::build::types::rust_type;
use crate::build::{pages, requests, table};

/// Writes the modules of all groups, the client's methods for them, the table of operations and
/// what the pages of lists are made of.
pub fn write(service: &Service) -> TokenStream {
    let modules = service.groups.iter().map(|group| module(group, service));
    let methods = service.groups.iter().map(client_method);
    let table = table::write(service);
    let pages = pages::write(service);
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
            pub struct #handle { pub(super) core: crate::transport::Core }

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
    let status = rust_type(shape, &quote!(types::));
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
    let mut known: BTreeMap<&str, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    for operation in &group.operations {
        for parameter in operation.parameters.iter().filter(|p| !p.values.is_empty()) {
            let values = known.entry(&parameter.rust).or_default();
            for value in &parameter.values {
                values.entry(value).or_default().insert(&operation.request);
            }
        }
    }
    let modules = known.into_iter().map(|(parameter, values)| {
        let all: BTreeSet<&str> = values.values().flatten().copied().collect();
        let module = format_ident!("{parameter}");
        let doc = format!(
            "Values that the server is known to take for `{parameter}`; others are possible."
        );
        let constants = values.into_iter().map(|(value, requests)| {
            let name = format_ident!("{}", value.to_shouty_snake_case());
            let mut doc = format!("`{value}`");
            if requests != all {
                let requests = requests.iter().map(|it| format!("[`{it}`](super::{it})"));
                let requests: Vec<_> = requests.collect();
                doc.push_str(&format!(", for {}", requests.join(", ")));
            }
            quote!(#[doc = #doc] pub const #name: &str = #value;)
        });
        quote! {
            #[doc = #doc]
            pub mod #module { #(#constants)* }
        }
    });
    modules.collect()
}
