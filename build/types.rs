//! The structs of a service: progenitor derives their fields from the schemas, and here they get
//! the attributes, constructors and setters that the crate wants them to have.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::{Map, Value, json};

use crate::build::model::Service;
use crate::build::problem::Problem;
use crate::build::schemas::{Format, Property, Schemas, Shape, Struct};

/// Types of the crate that take the place of a schema.
const OWN: &[(&str, &str)] = &[
    ("OwnTimestamp", "crate::Timestamp"),
    ("OwnSecret", "crate::Secret"),
    ("OwnNumberOrText", "crate::NumberOrText"),
];

/// Writes every struct of the service.
pub fn write(service: &Service) -> Result<TokenStream, Vec<Problem>> {
    let generated = derive(&service.schemas).map_err(|problem| vec![problem])?;
    let mut written = TokenStream::new();
    let mut problems = Vec::new();
    for item in generated.items {
        let syn::Item::Struct(mut item) = item else {
            continue;
        };
        item.fields
            .iter_mut()
            .for_each(|field| lay_out(&mut field.ty, &service.boxed));
        let Some(schema) = service.schemas.structs.get(&item.ident.to_string()) else {
            continue;
        };
        match structure(schema, &item) {
            Ok(tokens) => written.extend(tokens),
            Err(problem) => problems.push(problem),
        }
        if service.sent.contains(&schema.name) {
            written.extend(constructor(schema, &item, &service.schemas));
            written.extend(send_body(schema, &service.schemas));
        }
    }
    if problems.is_empty() {
        Ok(written)
    } else {
        Err(problems)
    }
}

/// Has progenitor derive the Rust types.
fn derive(schemas: &Schemas) -> Result<syn::File, Problem> {
    let problem = |what: String| Problem::new("spec", format!("progenitor refuses it: {what}"));
    let mut settings = progenitor::GenerationSettings::new();
    settings.with_map_type("::std::collections::BTreeMap");
    let replaced = schemas.enums.keys().chain(schemas.unions.keys());
    for name in replaced {
        settings.with_replacement(name, name, std::iter::empty());
    }
    for (name, path) in OWN {
        settings.with_replacement(name, path, std::iter::empty());
    }
    let spec = serde_json::from_value(description(schemas)).map_err(|e| problem(e.to_string()))?;
    let mut generator = progenitor::Generator::new(&settings);
    generator
        .generate_tokens(&spec)
        .map_err(|error| problem(error.to_string()))?;
    syn::parse2(generator.get_type_space().to_stream()).map_err(|error| problem(error.to_string()))
}

/// The description that progenitor reads: structs only, with everything else as a placeholder.
fn description(schemas: &Schemas) -> Value {
    let mut components = Map::new();
    for schema in schemas.structs.values() {
        components.insert(schema.name.clone(), structure_schema(schema));
    }
    let replaced = schemas
        .enums
        .keys()
        .chain(schemas.unions.keys())
        .map(String::as_str);
    for name in replaced.chain(OWN.iter().map(|(name, _)| *name)) {
        components.insert(name.to_owned(), json!({ "type": "string" }));
    }
    json!({
        "openapi": "3.0.3",
        "info": { "title": "types", "version": "1" },
        "paths": {},
        "components": { "schemas": components },
    })
}

fn structure_schema(schema: &Struct) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for property in &schema.properties {
        let mut value = shape_schema(&property.shape);
        if property.required {
            required.push(property.rust.clone());
        } else if matches!(property.shape, Shape::List(_) | Shape::Map(_)) {
            // Without it progenitor takes an absent list for an empty one and refuses `null`.
            value["nullable"] = json!(true);
        }
        properties.insert(property.rust.clone(), value);
    }
    json!({ "type": "object", "properties": properties, "required": required })
}

fn shape_schema(shape: &Shape) -> Value {
    let refer = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    match shape {
        Shape::Text(Format::DateTime) => refer("OwnTimestamp"),
        Shape::Text(Format::Secret) => refer("OwnSecret"),
        Shape::Text(Format::NumberOrText) => refer("OwnNumberOrText"),
        Shape::Text(_) => json!({ "type": "string" }),
        Shape::Integer32 => json!({ "type": "integer", "format": "int32" }),
        Shape::Integer => json!({ "type": "integer", "format": "int64" }),
        Shape::Number => json!({ "type": "number", "format": "double" }),
        Shape::Boolean => json!({ "type": "boolean" }),
        Shape::Any => json!({}),
        Shape::List(items) => json!({ "type": "array", "items": shape_schema(items) }),
        Shape::Map(values) => {
            json!({ "type": "object", "additionalProperties": shape_schema(values) })
        }
        Shape::Named(name) => refer(name),
    }
}

fn structure(schema: &Struct, item: &syn::ItemStruct) -> Result<TokenStream, Problem> {
    let name = &item.ident;
    let doc = &schema.description;
    let mut fields = TokenStream::new();
    for property in &schema.properties {
        let field = field(item, property).ok_or_else(|| {
            Problem::new(&schema.file, "has no field in the generated struct")
                .at(format!(
                    "schema {}, property {}",
                    schema.name, property.wire
                ))
                .help("Name it with x-rust-name")
        })?;
        fields.extend(self::structure_field(property, &field.ty));
    }
    let default = schema.required.is_empty().then(|| quote!(Default,));
    Ok(quote! {
        #[doc = #doc]
        #[derive(Clone, Debug, #default ::serde::Deserialize, ::serde::Serialize)]
        #[non_exhaustive]
        pub struct #name { #fields }
    })
}

fn structure_field(property: &Property, ty: &syn::Type) -> TokenStream {
    let ident = format_ident!("{}", property.rust);
    let doc = &property.description;
    let rename = (property.rust != property.wire).then(|| {
        let wire = &property.wire;
        quote!(#[serde(rename = #wire)])
    });
    let optional = (!property.required)
        .then(|| quote!(#[serde(default, skip_serializing_if = "Option::is_none")]));
    quote! {
        #[doc = #doc]
        #rename
        #optional
        pub #ident: #ty,
    }
}

fn field<'a>(item: &'a syn::ItemStruct, property: &Property) -> Option<&'a syn::Field> {
    item.fields.iter().find(|field| {
        let name = field
            .ident
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        name == property.rust || name.trim_end_matches('_') == property.rust.trim_end_matches('_')
    })
}

/// Boxes an optional part that is large or recursive, and only such a one, however progenitor did it.
fn lay_out(ty: &mut syn::Type, large: &BTreeSet<String>) {
    let option = inner(ty, "Box").unwrap_or(ty);
    let Some(value) = inner(option, "Option") else {
        return;
    };
    let value = inner(value, "Box").unwrap_or(value);
    let boxed = large.contains(&quote!(#value).to_string());
    *ty = match boxed {
        true => syn::parse_quote!(::std::option::Option<::std::boxed::Box<#value>>),
        false => syn::parse_quote!(::std::option::Option<#value>),
    };
}

/// The argument of a generic type with this name.
fn inner<'a>(ty: &'a syn::Type, name: &str) -> Option<&'a syn::Type> {
    let syn::Type::Path(path) = ty else {
        return None;
    };
    let last = path
        .path
        .segments
        .last()
        .filter(|segment| segment.ident == name)?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first() {
        Some(syn::GenericArgument::Type(ty)) => Some(ty),
        _ => None,
    }
}

/// Whether progenitor broke a recursion with a box here.
fn boxed(ty: &syn::Type) -> bool {
    let text = quote!(#ty).to_string().replace(' ', "");
    text.contains("boxed::Box<") && !text.contains("vec::Vec<")
}

/// `new` with what is required, and a setter for the rest.
fn constructor(schema: &Struct, item: &syn::ItemStruct, schemas: &Schemas) -> TokenStream {
    let name = &item.ident;
    let mut arguments = TokenStream::new();
    let mut values = TokenStream::new();
    let mut setters = TokenStream::new();
    for wire in &schema.required {
        let Some(property) = schema.property(wire) else {
            continue;
        };
        let ident = format_ident!("{}", property.rust);
        let (ty, value) = argument(&property.shape, &ident, schemas, &quote!());
        let value = box_if(
            field(item, property).is_some_and(|field| boxed(&field.ty)),
            value,
        );
        arguments.extend(quote!(#ident: #ty,));
        values.extend(quote!(#ident: #value,));
    }
    for property in schema
        .properties
        .iter()
        .filter(|property| !property.required)
    {
        let ident = format_ident!("{}", property.rust);
        let (ty, value) = argument(&property.shape, &ident, schemas, &quote!());
        let value = box_if(
            field(item, property).is_some_and(|field| boxed(&field.ty)),
            value,
        );
        values.extend(quote!(#ident: None,));
        let doc = format!("Sets `{}`: {}", property.wire, property.description);
        setters.extend(quote! {
            #[doc = #doc]
            #[must_use]
            #[inline]
            pub fn #ident(mut self, #ident: #ty) -> Self {
                self.#ident = Some(#value);
                self
            }
        });
    }
    let doc = match schema.required.is_empty() {
        true => "Begins with nothing set.",
        false => "Begins with what the server requires; the rest has setters.",
    };
    quote! {
        impl #name {
            #[doc = #doc]
            #[allow(clippy::new_without_default, clippy::too_many_arguments)]
            #[must_use]
            #[inline]
            pub fn new(#arguments) -> Self {
                Self { #values }
            }
            #setters
        }
    }
}

fn box_if(boxed: bool, value: TokenStream) -> TokenStream {
    if boxed {
        quote!(Box::new(#value))
    } else {
        value
    }
}

/// What a caller may pass for a value of this shape, and how it becomes the value itself. `types`
/// is the path to the service's types, with `::` at its end.
pub fn argument(
    shape: &Shape,
    ident: &syn::Ident,
    schemas: &Schemas,
    types: &TokenStream,
) -> (TokenStream, TokenStream) {
    match shape {
        Shape::Integer32 | Shape::Integer | Shape::Number | Shape::Boolean => {
            (rust_type(shape, types), quote!(#ident))
        }
        Shape::Named(name) if schemas.structs.contains_key(name) => {
            (rust_type(shape, types), quote!(#ident))
        }
        Shape::List(items) => {
            let item = rust_type(items, types);
            (
                quote!(impl IntoIterator<Item = impl Into<#item>>),
                quote!(#ident.into_iter().map(Into::into).collect()),
            )
        }
        Shape::Map(values) => {
            let value = rust_type(values, types);
            (
                quote!(impl IntoIterator<Item = (impl Into<String>, impl Into<#value>)>),
                quote!(#ident.into_iter().map(|(key, value)| (key.into(), value.into())).collect()),
            )
        }
        _ => {
            let ty = rust_type(shape, types);
            (quote!(impl Into<#ty>), quote!(#ident.into()))
        }
    }
}

/// The Rust type of a value of this shape.
pub fn rust_type(shape: &Shape, types: &TokenStream) -> TokenStream {
    match shape {
        Shape::Text(Format::DateTime) => quote!(crate::Timestamp),
        Shape::Text(Format::Secret) => quote!(crate::Secret),
        Shape::Text(Format::NumberOrText) => quote!(crate::NumberOrText),
        Shape::Text(_) => quote!(String),
        Shape::Integer32 => quote!(i32),
        Shape::Integer => quote!(i64),
        Shape::Number => quote!(f64),
        Shape::Boolean => quote!(bool),
        Shape::Any => quote!(::serde_json::Value),
        Shape::List(items) => {
            let item = rust_type(items, types);
            quote!(Vec<#item>)
        }
        Shape::Map(values) if **values == Shape::Any => {
            quote!(::serde_json::Map<String, ::serde_json::Value>)
        }
        Shape::Map(values) => {
            let value = rust_type(values, types);
            quote!(::std::collections::BTreeMap<String, #value>)
        }
        Shape::Named(name) => {
            let name = format_ident!("{name}");
            quote!(#types #name)
        }
    }
}

/// What the transport asks a body before it is sent: whether it keeps the server's rules, and which
/// of its values must never be shown.
fn send_body(schema: &Struct, schemas: &Schemas) -> TokenStream {
    let name = format_ident!("{}", schema.name);
    let check = schema.rule.as_ref().map(|rule| {
        let rule = format_ident!("{rule}");
        quote! {
            fn check(&self) -> Result<(), crate::transport::Broken> {
                super::rules::#rule(self)
            }
        }
    });
    let hidden = schema
        .properties
        .iter()
        .filter_map(|property| hide(property, schemas));
    let hidden: TokenStream = hidden.collect();
    let secrets = (!hidden.is_empty()).then(|| {
        quote! {
            fn secrets<'a>(&'a self, found: &mut Vec<&'a crate::Secret>) { #hidden }
        }
    });
    quote! {
        impl crate::transport::SendBody for #name {
            #check
            #secrets
        }
    }
}

fn hide(property: &Property, schemas: &Schemas) -> Option<TokenStream> {
    let ident = format_ident!("{}", property.rust);
    match &property.shape {
        Shape::Text(Format::Secret) if property.required => Some(quote!(found.push(&self.#ident);)),
        Shape::Text(Format::Secret) => Some(quote!(found.extend(&self.#ident);)),
        shape if holds_secret(shape, schemas, 0) && property.required => {
            Some(quote!(crate::transport::SendBody::secrets(&self.#ident, found);))
        }
        shape if holds_secret(shape, schemas, 0) => Some(quote! {
            if let Some(value) = &self.#ident {
                // A boxed value asks what is in the box.
                crate::transport::SendBody::secrets(value, found);
            }
        }),
        _ => None,
    }
}

/// Whether a secret is found somewhere within; recursion ends at a depth no description reaches.
fn holds_secret(shape: &Shape, schemas: &Schemas, depth: usize) -> bool {
    match shape {
        Shape::Text(Format::Secret) => true,
        Shape::List(inner) | Shape::Map(inner) => holds_secret(inner, schemas, depth),
        Shape::Named(name) if depth < 8 => {
            let own = schemas
                .structs
                .get(name)
                .into_iter()
                .flat_map(|schema| &schema.properties);
            let members = schemas
                .unions
                .get(name)
                .into_iter()
                .flat_map(|union| &union.members);
            own.map(|property| property.shape.clone())
                .chain(members.map(|member| Shape::Named(member.schema.clone())))
                .any(|shape| holds_secret(&shape, schemas, depth + 1))
        }
        _ => false,
    }
}
