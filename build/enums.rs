//! The open enums and unions of a service.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::build::model::Service;
use crate::build::schemas::{Enum, Union};

/// Writes every enum and union of the service.
pub fn write(service: &Service) -> TokenStream {
    let enums = service.schemas.enums.values().map(open_enum);
    let unions = service.schemas.unions.values().map(union);
    let sent = service
        .schemas
        .unions
        .values()
        .filter(|union| service.sent.contains(&union.name));
    enums.chain(unions).chain(sent.map(send_body)).collect()
}

fn open_enum(schema: &Enum) -> TokenStream {
    let name = format_ident!("{}", schema.name);
    let doc = &schema.description;
    let variants = schema.variants.iter().map(|(variant, value)| {
        let ident = format_ident!("{variant}");
        let doc = format!("`{value}`");
        quote!(#[doc = #doc] #ident = #value,)
    });
    quote! {
        crate::value::open_enum! {
            #[doc = #doc]
            #name { #(#variants)* }
        }
    }
}

fn union(schema: &Union) -> TokenStream {
    let name = format_ident!("{}", schema.name);
    let doc = &schema.description;
    let members = schema.members.iter().map(|member| {
        let variant = format_ident!("{}", member.variant);
        let ty = format_ident!("{}", member.schema);
        let values = &member.values;
        let doc = match values.as_slice() {
            [] => format!("A [`{}`].", member.schema),
            values => format!("A [`{}`]: `{}`.", member.schema, values.join("`, `")),
        };
        quote!(#[doc = #doc] #variant(#ty) = [#(#values),*],)
    });
    match &schema.tag {
        Some(tag) => quote! {
            crate::value::tagged_union! { #[doc = #doc] #name by #tag { #(#members)* } }
        },
        None => quote! {
            crate::value::untagged_union! { #[doc = #doc] #name { #(#members)* } }
        },
    }
}

/// What the transport asks a union before it is sent: its member answers.
fn send_body(schema: &Union) -> TokenStream {
    let name = format_ident!("{}", schema.name);
    let variants: Vec<_> = schema
        .members
        .iter()
        .map(|member| format_ident!("{}", member.variant))
        .collect();
    quote! {
        impl crate::transport::SendBody for #name {
            fn check(&self) -> Result<(), crate::transport::Broken> {
                match self {
                    #(Self::#variants(member) => crate::transport::SendBody::check(member),)*
                    Self::Other(_) => Ok(()),
                }
            }

            fn secrets<'a>(&'a self, found: &mut Vec<&'a crate::Secret>) {
                match self {
                    #(Self::#variants(member) => crate::transport::SendBody::secrets(member, found),)*
                    Self::Other(_) => {}
                }
            }
        }
    }
}
