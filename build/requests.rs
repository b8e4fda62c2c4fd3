//! The method of a handle and the request struct of an operation.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::build::arguments::{
    body_argument, multipart_properties, parameter_step, parameter_type, path_argument,
};
use crate::build::documentation::{deprecated, documentation};
use crate::build::model::{Answer, Body, Details, Group, Operation, Paging, Parameter, Service};
use crate::build::schemas::{Format, Property, Shape};
use crate::build::table::constant;
use crate::build::types::{argument, rust_type};

/// The handle's method: required values are its arguments.
pub fn method(operation: &Operation, service: &Service) -> TokenStream {
    let name = format_ident!("{}", operation.verb);
    let request = format_ident!("{}", operation.request);
    let constant = constant(&operation.id);
    let doc = documentation(operation, service);
    let deprecated = deprecated(operation);
    let (mut arguments, mut steps) = (TokenStream::new(), TokenStream::new());
    for parameter in &operation.path_parameters {
        let (argument, step) = path_argument(parameter);
        arguments.extend(argument);
        steps.extend(step);
    }
    for parameter in operation
        .parameters
        .iter()
        .filter(|parameter| parameter.required)
    {
        let ident = format_ident!("{}", parameter.rust);
        let ty = parameter_type(parameter, service);
        let step = parameter_step(parameter, service);
        arguments.extend(quote!(#ident: #ty,));
        steps.extend(step);
    }
    for (header, value) in &operation.headers {
        let header = header.to_lowercase();
        steps.extend(quote!(call.header(#header, #value);));
    }
    let (argument, step) = body_argument(operation, service);
    arguments.extend(argument);
    steps.extend(step);
    quote! {
        #[doc = #doc]
        #deprecated
        #[allow(unused_mut, clippy::too_many_arguments)]
        #[inline]
        pub fn #name(&self, #arguments) -> #request {
            let mut call = crate::transport::Call::new(&self.core, &operations::#constant);
            #steps
            #request { call }
        }
    }
}

/// The request struct: optional values are its setters.
pub fn request(operation: &Operation, group: &Group, service: &Service) -> TokenStream {
    let name = format_ident!("{}", operation.request);
    let doc = format!(
        "The request of [`{}::{}`]: `{} {}`.",
        group.handle, operation.verb, operation.method, operation.path
    );
    let setters = operation
        .parameters
        .iter()
        .filter(|parameter| !parameter.required);
    let setters: TokenStream = setters
        .map(|parameter| setter(parameter, service))
        .collect();
    let body = body_setters(operation, service);
    let common = common(operation, service);
    let block =
        (!setters.is_empty() || !body.is_empty()).then(|| quote!(impl #name { #setters #body }));
    quote! {
        #[doc = #doc]
        #[must_use = "a request is sent when it is awaited"]
        pub struct #name { pub(crate) call: crate::transport::Call }
        #block
        #common
    }
}

fn setter(parameter: &Parameter, service: &Service) -> TokenStream {
    let ident = format_ident!("{}", parameter.rust);
    let ty = parameter_type(parameter, service);
    let step = parameter_step(parameter, service);
    let mut doc = parameter.description.clone();
    if !parameter.values.is_empty() {
        doc.push_str(&format!(
            "\n\nSeveral values are added up. Known ones are constants in [`{}`](mod@{}).",
            parameter.rust, parameter.rust
        ));
    }
    let step = step_in_setter(step);
    quote! {
        #[doc = #doc]
        #[inline]
        pub fn #ident(mut self, #ident: #ty) -> Self {
            #step
            self
        }
    }
}

/// Within a setter the call is a field.
fn step_in_setter(step: TokenStream) -> TokenStream {
    quote!(let call = &mut self.call; #step)
}

fn body_setters(operation: &Operation, service: &Service) -> TokenStream {
    match &operation.body {
        Body::Json {
            shape,
            required: false,
        } => {
            let types = quote!(types::);
            let ident = format_ident!("body");
            let (ty, value) = argument(shape, &ident, &service.schemas, &types);
            let body = rust_type(shape, &types);
            quote! {
                /// What is sent with the request; nothing is where it is not called.
                #[inline]
                pub fn body(mut self, body: #ty) -> Self {
                    let body: #body = #value;
                    self.call.json(&body);
                    self
                }
            }
        }
        Body::Multipart(form) => {
            let optional = multipart_properties(form);
            optional
                .into_iter()
                .filter(|property| !property.required)
                .map(part_setter)
                .collect()
        }
        _ => TokenStream::new(),
    }
}

fn part_setter(property: &Property) -> TokenStream {
    let ident = format_ident!("{}", property.rust);
    let (wire, doc) = (&property.wire, &property.description);
    let (ty, step) = match &property.shape {
        Shape::Text(Format::Binary) => (
            quote!(impl Into<crate::Upload>),
            quote!(self.call.file(#wire, #ident.into());),
        ),
        Shape::List(items) if **items == Shape::Text(Format::Binary) => (
            quote!(impl IntoIterator<Item = impl Into<crate::Upload>>),
            quote!(for file in #ident { self.call.file(#wire, file.into()); }),
        ),
        Shape::Boolean => (
            quote!(bool),
            quote!(self.call.part(#wire, #ident.to_string());),
        ),
        _ => (
            quote!(impl ToString),
            quote!(self.call.part(#wire, #ident.to_string());),
        ),
    };
    quote! {
        #[doc = #doc]
        #[inline]
        pub fn #ident(mut self, #ident: #ty) -> Self {
            #step
            self
        }
    }
}

/// Sending, and what every request can be told.
fn common(operation: &Operation, service: &Service) -> TokenStream {
    let name = format_ident!("{}", operation.request);
    let types = quote!(types::);
    if let Some(task) = &operation.task
        && let Some(status) = task_status(&task.status, service)
    {
        let id = match &task.id {
            Some(id) => quote!(Some(#id)),
            None => quote!(None),
        };
        let constant = constant(&task.status);
        return quote! {
            crate::transport::request! { #name => crate::LongTask<#status>, |raw| {
                crate::long_task::begin(raw, #id, &operations::#constant)
            } }
        };
    }
    let answer = match &operation.answer {
        Answer::Nothing => quote!((), crate::transport::decode::nothing),
        Answer::Text => quote!(String, crate::transport::decode::text),
        Answer::Created => quote!(String, crate::transport::decode::created),
        Answer::Download => return quote!(crate::transport::download_request! { #name }),
        Answer::Json(shape) => {
            let ty = rust_type(shape, &types);
            quote!(#ty, crate::transport::decode::json)
        }
        Answer::Maybe(shape) => {
            let ty = rust_type(shape, &types);
            quote!(Option<#ty>, crate::transport::decode::maybe)
        }
    };
    let paging = operation
        .paging
        .as_ref()
        .map(|paging| paged(operation, paging));
    let details = operation
        .details
        .as_ref()
        .and_then(|details| detailed(operation, details, service));
    quote! {
        crate::transport::request! { #name => #answer }
        #paging
        #details
    }
}

/// The method that turns a list of ids into a stream of objects.
fn detailed(operation: &Operation, details: &Details, service: &Service) -> Option<TokenStream> {
    let Answer::Json(Shape::Named(list)) = &operation.answer else {
        return None;
    };
    let ids = service
        .schemas
        .structs
        .get(list)?
        .property(&details.items)?;
    let mut operations = service.groups.iter().flat_map(|group| &group.operations);
    let get = operations.find(|other| other.id == details.get)?;
    let Answer::Json(object) = &get.answer else {
        return None;
    };
    let object = rust_type(object, &quote!(types::));
    let shared = get.path_parameters.len().saturating_sub(1);
    let (name, list, constant) = (
        format_ident!("{}", operation.request),
        format_ident!("{list}"),
        constant(&get.id),
    );
    let field = format_ident!("{}", ids.rust);
    let field = match ids.required {
        true => quote!(list.#field),
        false => quote!(list.#field.unwrap_or_default()),
    };
    let doc = format!(
        "The objects that the ids stand for, as a `Stream` in the order of the list. Each is read with \
         `{} {}`, a few at a time.",
        get.method, get.path
    );
    Some(quote! {
        impl #name {
            #[doc = #doc]
            pub fn details(self) -> crate::Details<#object> {
                crate::Details::new(&self.call, |list: types::#list| #field, &operations::#constant, #shared)
            }
        }
    })
}

fn task_status(id: &str, service: &Service) -> Option<TokenStream> {
    let mut operations = service.groups.iter().flat_map(|group| &group.operations);
    match &operations.find(|operation| operation.id == id)?.answer {
        Answer::Json(shape) => Some(rust_type(shape, &quote!(types::))),
        _ => None,
    }
}

fn paged(operation: &Operation, paging: &Paging) -> TokenStream {
    let name = format_ident!("{}", operation.request);
    let Answer::Json(shape) = &operation.answer else {
        return TokenStream::new();
    };
    let page = rust_type(shape, &quote!(types::));
    let style = match paging.style.as_str() {
        "offset" => quote!(Offset),
        "cursor" => quote!(Cursor),
        "token" => quote!(Token),
        _ => quote!(Page),
    };
    let (position, limit, in_body) = (&paging.position, &paging.limit, paging.in_body);
    let replaces = &paging.replaces;
    // The page size has one name in all lists.
    let named = operation
        .parameters
        .iter()
        .any(|parameter| parameter.rust == "limit");
    let page_size =
        (!named).then(|| quote!(crate::paging::list_limit! { #name, #limit, #in_body }));
    quote! {
        #page_size
        crate::paging::list_request! { #name => #page, crate::paging::Scheme {
            style: crate::paging::Style::#style, position: #position, limit: #limit, in_body: #in_body, replaces: &[#(#replaces),*],
        } }
    }
}
