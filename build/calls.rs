//! Functions that call every operation of a service with sampled values.
//!
//! The crate's tests include it: they send what it builds to a server that checks each request
//! against the description by its own reading of it.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::build::model::{Answer, Body, Operation, Parameter, Service};
use crate::build::schemas::{Format, Shape};
use crate::build::types::rust_type;

/// Writes the function for a service whose code lives in `module` of the crate.
pub fn write(service: &Service, module: &str) -> TokenStream {
    let path: syn::Path = match syn::parse_str(&module.replace("crate::", "spacewright::")) {
        Ok(path) => path,
        Err(_) => return TokenStream::new(),
    };
    let ids = service
        .groups
        .iter()
        .flat_map(|group| group.operations.iter().map(|o| o.id.as_str()));
    let arms = |arm: fn(&Operation, &syn::Ident) -> Option<TokenStream>| {
        let groups = service.groups.iter().flat_map(move |group| {
            let handle = format_ident!("{}", group.name);
            let operations = group.operations.iter();
            operations.filter_map(move |operation| arm(operation, &handle))
        });
        groups.collect::<TokenStream>()
    };
    let (called, followed) = (arms(call), arms(follow));
    quote! {
        /// The ids of all operations.
        pub const OPERATIONS: &[&str] = &[#(#ids),*];

        /// Calls the operation `id` with values that `sample` gives.
        #[allow(deprecated, clippy::all)]
        pub fn call<'a>(
            client: &'a #path::Client,
            id: &'a str,
            sample: &'a Sample,
        ) -> ::std::pin::Pin<Box<dyn ::std::future::Future<Output = Called> + 'a>> {
            #[allow(unused_imports)]
            use #path::types;
            match id {
                #called
                other => unknown(other),
            }
        }

        /// Sends what follows the first answer of the operation `id`: the request for a list's second
        /// page, or for the status of a long task. `None` where nothing follows.
        #[allow(dead_code, deprecated, clippy::all)]
        pub fn follow<'a>(
            client: &'a #path::Client,
            id: &'a str,
            sample: &'a Sample,
        ) -> Option<::std::pin::Pin<Box<dyn ::std::future::Future<Output = ()> + 'a>>> {
            #[allow(unused_imports)]
            use #path::types;
            match id {
                #followed
                _ => None,
            }
        }
    }
}

fn call(operation: &Operation, handle: &syn::Ident) -> Option<TokenStream> {
    let (id, request) = (&operation.id, request(operation, handle));
    let finish = match (&operation.task, &operation.answer) {
        (Some(_), _) => quote!(task(request.send().await)),
        (None, Answer::Download) => quote!(download(request.send().await).await),
        _ => quote!(answer(request.send().await)),
    };
    Some(quote! {
        #id => Box::pin(async move {
            let request = #request;
            #finish
        }),
    })
}

fn follow(operation: &Operation, handle: &syn::Ident) -> Option<TokenStream> {
    let (id, request) = (&operation.id, request(operation, handle));
    let finish = match (&operation.task, &operation.paging) {
        (Some(_), _) => quote! {
            if let Ok(task) = request.await {
                let _ = task.status().await;
            }
        },
        (None, Some(_)) => quote! {
            let mut pages = request.pages();
            for _ in 0..2 {
                let _ = ::futures_util::StreamExt::next(&mut pages).await;
            }
        },
        (None, None) => return None,
    };
    Some(quote! {
        #id => Some(Box::pin(async move {
            let request = #request;
            #finish
        })),
    })
}

/// The request with a sampled value for everything that it can be told.
fn request(operation: &Operation, handle: &syn::Ident) -> TokenStream {
    let method = format_ident!("{}", operation.verb);
    let required = operation
        .parameters
        .iter()
        .filter(|parameter| parameter.required);
    let mut arguments: Vec<TokenStream> = operation
        .path_parameters
        .iter()
        .chain(required)
        .map(sample)
        .collect();
    let mut setters = TokenStream::new();
    match &operation.body {
        Body::Json { shape, required } => {
            let ty = rust_type_outside(shape);
            match required {
                true => arguments.push(quote!(sample.body::<#ty>())),
                false => setters.extend(quote!(.body(sample.body::<#ty>()))),
            }
        }
        Body::Multipart(schema) => {
            let in_order = schema
                .required
                .iter()
                .filter_map(|wire| schema.property(wire));
            arguments.extend(in_order.map(|property| part(&property.wire, &property.shape)));
            for property in schema
                .properties
                .iter()
                .filter(|property| !property.required)
            {
                let name = format_ident!("{}", property.rust);
                let value = part(&property.wire, &property.shape);
                setters.extend(quote!(.#name(#value)));
            }
        }
        Body::Binary { .. } => arguments.push(quote!(sample.file("body"))),
        Body::None => {}
    }
    for parameter in operation
        .parameters
        .iter()
        .filter(|parameter| !parameter.required)
    {
        let name = format_ident!("{}", parameter.rust);
        let value = sample(parameter);
        setters.extend(quote!(.#name(#value)));
    }
    quote!(client.#handle().#method(#(#arguments),*)#setters)
}

fn part(wire: &str, shape: &Shape) -> TokenStream {
    match shape {
        Shape::Text(Format::Binary) => quote!(sample.file(#wire)),
        Shape::List(items) if **items == Shape::Text(Format::Binary) => {
            quote!([sample.file(#wire)])
        }
        Shape::Boolean => quote!(sample.boolean(#wire)),
        _ => quote!(sample.text(#wire)),
    }
}

fn sample(parameter: &Parameter) -> TokenStream {
    let wire = &parameter.wire;
    match &parameter.shape {
        Shape::Integer => quote!(sample.integer(#wire)),
        Shape::Integer32 => quote!(sample.integer(#wire) as i32),
        Shape::Number => quote!(sample.integer(#wire) as f64),
        Shape::Boolean => quote!(sample.boolean(#wire)),
        Shape::List(items) => match **items {
            Shape::Integer => quote!(sample.integers(#wire)),
            Shape::Integer32 => quote!(sample.integers(#wire).into_iter().map(|n| n as i32)),
            _ => quote!(sample.texts(#wire)),
        },
        _ => quote!(sample.text(#wire)),
    }
}

fn rust_type_outside(shape: &Shape) -> TokenStream {
    match shape {
        Shape::Text(Format::DateTime) => quote!(spacewright::Timestamp),
        Shape::Text(Format::Secret) => quote!(spacewright::Secret),
        Shape::Text(Format::NumberOrText) => quote!(spacewright::NumberOrText),
        Shape::List(items) => {
            let item = rust_type_outside(items);
            quote!(Vec<#item>)
        }
        shape => rust_type(shape, &quote!(types::)),
    }
}
