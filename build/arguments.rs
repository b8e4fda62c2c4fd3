//! What the methods and setters of requests take, and how it gets into the call.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::build::model::{Body, Operation, Parameter, Place, Service};
use crate::build::schemas::{Format, Property, Shape, Struct};
use crate::build::types::{argument, rust_type};

/// The argument for a path value, and the statement that puts it into the call.
pub fn path_argument(parameter: &Parameter) -> (TokenStream, TokenStream) {
    let ident = format_ident!("{}", parameter.rust);
    let wire = &parameter.wire;
    let rule = parameter.rule.as_ref().map(|rule| {
        let rule = format_ident!("{rule}");
        quote!(call.check(#wire, rules::#rule(#ident.as_ref()));)
    });
    match &parameter.shape {
        _ if parameter.segments => (
            quote!(#ident: impl AsRef<str>,),
            quote!(call.segments(#wire, #ident.as_ref());),
        ),
        Shape::Text(Format::Id(newtype)) => {
            let newtype = format_ident!("{newtype}");
            (
                quote!(#ident: impl Into<crate::#newtype>,),
                quote!(let #ident = #ident.into(); #rule call.segment(#wire, #ident.as_ref());),
            )
        }
        Shape::Integer | Shape::Integer32 | Shape::Boolean | Shape::Number => {
            let ty = rust_type(&parameter.shape, &quote!());
            (
                quote!(#ident: #ty,),
                quote!(call.segment(#wire, &#ident.to_string());),
            )
        }
        Shape::Named(_) => {
            let ty = rust_type(&parameter.shape, &quote!(types::));
            (
                quote!(#ident: impl Into<#ty>,),
                quote!(let #ident = #ident.into(); #rule call.segment(#wire, #ident.as_ref());),
            )
        }
        _ => (
            quote!(#ident: impl AsRef<str>,),
            quote!(#rule call.segment(#wire, #ident.as_ref());),
        ),
    }
}

/// What a caller may pass for a parameter.
pub fn parameter_type(parameter: &Parameter, service: &Service) -> TokenStream {
    let types = quote!(types::);
    match &parameter.shape {
        Shape::List(items) => {
            let item = item_type(items);
            quote!(impl IntoIterator<Item = impl Into<#item>>)
        }
        shape @ (Shape::Integer | Shape::Integer32 | Shape::Boolean | Shape::Number) => {
            rust_type(shape, &types)
        }
        shape => {
            let ty = taken_as(shape, service);
            quote!(impl Into<#ty>)
        }
    }
}

/// The statement that puts a parameter into the call.
pub fn parameter_step(parameter: &Parameter, service: &Service) -> TokenStream {
    if let Shape::List(items) = &parameter.shape {
        return list_step(parameter, items);
    }
    let ident = format_ident!("{}", parameter.rust);
    let wire = &parameter.wire;
    let ty = taken_as(&parameter.shape, service);
    let text = match &parameter.shape {
        Shape::Integer | Shape::Integer32 | Shape::Boolean | Shape::Number => {
            quote!(#ident.to_string())
        }
        Shape::Text(Format::DateTime | Format::NumberOrText) | Shape::Named(_) => {
            quote!({ let value: #ty = #ident.into(); value.to_string() })
        }
        // What holds a `String` gives it away without a copy.
        _ => quote!({ let value: #ty = #ident.into(); String::from(value) }),
    };
    let rule = parameter.rule.as_ref().map(|rule| {
        let rule = format_ident!("{rule}");
        quote!(call.check(#wire, rules::#rule(&value));)
    });
    let put = match parameter.place {
        Place::Header => {
            let lower = wire.to_lowercase();
            quote!(call.header(#lower, &value);)
        }
        _ if !parameter.values.is_empty() => quote!(call.query_appended(#wire, &value);),
        _ => quote!(call.query(#wire, value);),
    };
    quote!(let value = #text; #rule #put)
}

/// The statement that puts a list of values into the call.
fn list_step(parameter: &Parameter, items: &Shape) -> TokenStream {
    let ident = format_ident!("{}", parameter.rust);
    let wire = &parameter.wire;
    let item = item_type(items);
    let values = quote! {
        #ident.into_iter().map(|value| { let value: #item = value.into(); value.to_string() })
    };
    match (parameter.joined, parameter.place) {
        (false, Place::Query) => quote!(call.query_list(#wire, #values);),
        (_, Place::Header) => {
            let lower = wire.to_lowercase();
            quote!(call.header(#lower, &#values.collect::<Vec<_>>().join(","));)
        }
        _ => quote!(call.query_joined(#wire, #values);),
    }
}

/// The type of one value of a list.
fn item_type(shape: &Shape) -> TokenStream {
    match shape {
        Shape::Text(Format::Id(newtype)) => {
            let newtype = format_ident!("{newtype}");
            quote!(crate::#newtype)
        }
        shape => rust_type(shape, &quote!(types::)),
    }
}

/// The type that a parameter's argument is turned into.
fn taken_as(shape: &Shape, service: &Service) -> TokenStream {
    match shape {
        Shape::Any | Shape::Map(_) => quote!(String),
        Shape::Named(name) if service.schemas.structs.contains_key(name) => quote!(String),
        shape => item_type(shape),
    }
}

/// The argument for a required body.
pub fn body_argument(operation: &Operation, service: &Service) -> (TokenStream, TokenStream) {
    let types = quote!(types::);
    match &operation.body {
        Body::Json {
            shape,
            required: true,
        } => {
            let ident = format_ident!("body");
            let (ty, value) = argument(shape, &ident, &service.schemas, &types);
            let body = rust_type(shape, &types);
            (
                quote!(body: #ty,),
                quote!(let body: #body = #value; call.json(&body);),
            )
        }
        Body::Multipart(form) => multipart_arguments(form),
        Body::Binary { content_type } => (
            quote!(body: impl Into<crate::Upload>,),
            quote!(call.data(#content_type, body.into());),
        ),
        _ => (TokenStream::new(), TokenStream::new()),
    }
}

/// Files and required texts of a multipart body.
fn multipart_arguments(form: &Struct) -> (TokenStream, TokenStream) {
    let (mut arguments, mut steps) = (TokenStream::new(), TokenStream::new());
    for property in multipart_properties(form) {
        let ident = format_ident!("{}", property.rust);
        let wire = &property.wire;
        match &property.shape {
            Shape::Text(Format::Binary) if property.required => {
                arguments.extend(quote!(#ident: impl Into<crate::Upload>,));
                steps.extend(quote!(call.file(#wire, #ident.into());));
            }
            Shape::List(items) if **items == Shape::Text(Format::Binary) && property.required => {
                arguments
                    .extend(quote!(#ident: impl IntoIterator<Item = impl Into<crate::Upload>>,));
                steps.extend(quote!(for file in #ident { call.file(#wire, file.into()); }));
            }
            _ if property.required => {
                arguments.extend(quote!(#ident: impl ToString,));
                steps.extend(quote!(call.part(#wire, #ident.to_string());));
            }
            _ => {}
        }
    }
    (arguments, steps)
}

pub fn multipart_properties(form: &Struct) -> Vec<&Property> {
    let required = form.required.iter().filter_map(|wire| form.property(wire));
    required
        .chain(form.properties.iter().filter(|property| !property.required))
        .collect()
}
