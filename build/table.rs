//! The table of a service's operations: what is known of each before it is called.

use heck::ToShoutySnakeCase;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::build::model::{Service, Sibling};

/// The name of an operation in the table.
pub fn constant(id: &str) -> syn::Ident {
    format_ident!("{}", id.to_shouty_snake_case())
}

/// Writes the table.
pub fn write(service: &Service) -> TokenStream {
    let operations = || service.groups.iter().flat_map(|group| &group.operations);
    let constants = operations().map(|operation| {
        let name = constant(&operation.id);
        let (id, path) = (&operation.id, &operation.path);
        let method = format_ident!("{}", operation.method);
        let retry = match operation.idempotent {
            true => quote!(Idempotent),
            false => quote!(Create),
        };
        let siblings = operation
            .siblings
            .iter()
            .map(|Sibling { id, path }| quote!(Sibling { id: #id, path: #path }));
        let instead = match &operation.instead {
            Some(id) => quote!(Some(#id)),
            None => quote!(None),
        };
        quote! {
            pub(crate) static #name: Operation = Operation {
                id: #id, method: http::Method::#method, path: #path,
                retry: RetryClass::#retry, siblings: &[#(#siblings),*], instead: #instead,
            };
        }
    });
    let names = operations().map(|operation| constant(&operation.id));
    quote! {
        /// Every operation of the service: its id, method, path and how it may be tried again.
        pub(crate) mod operations {
            #[allow(unused_imports)] // few operations have siblings
            use crate::transport::{Operation, RetryClass, Sibling};
            #(#constants)*
            pub(crate) static ALL: &[&Operation] = &[#(&#names),*];
        }
    }
}
