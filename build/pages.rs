//! What the pages of lists are made of.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::build::model::{Answer, Paging, Service};
use crate::build::schemas::{Format, Schemas, Shape, Struct};
use crate::build::types::rust_type;

/// How the pages of lists are taken apart, once for each type of page, and what tells their items
/// apart, once for each type of item.
pub fn write(service: &Service) -> TokenStream {
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
    let item = rust_type(&paging.item, &quote!(types::));
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
fn marks(schema: &Struct, schemas: &Schemas) -> TokenStream {
    let mut tokens = TokenStream::new();
    if let Some(property) = schema.property("limit") {
        let field = format_ident!("{}", property.rust);
        let value = optional(property.required, quote!(self.#field));
        tokens.extend(quote!(marks.limit = #value.and_then(crate::paging::count);));
    }
    for wire in ["cursor", "nextCursor", "nextPageToken"] {
        let Some(property) = schema.property(wire) else {
            continue;
        };
        let field = format_ident!("{}", property.rust);
        let value = optional(property.required, quote!(self.#field.clone()));
        tokens.extend(quote!(marks.cursor = #value;));
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

fn next_link(schema: &Struct, schemas: &Schemas) -> Option<TokenStream> {
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
        true => quote!(key.of(&self.#field)),
        false => quote! {
            match &self.#field {
                Some(value) => key.of(value),
                None => key.of_whole(self),
            }
        },
    };
    quote! {
        impl crate::paging::Identify for types::#ident {
            const STABLE: bool = true;
            #[allow(private_interfaces)]
            fn identity(&self, key: crate::paging::Key) -> u64 { #body }
        }
    }
}
