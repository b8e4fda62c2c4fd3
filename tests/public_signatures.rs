//! The public signatures of every service, kept in files so that a change of the interface shows in
//! review. `INSTA_UPDATE=always cargo test --test public_signatures` writes them anew.

#[path = "../build/mod.rs"]
#[allow(dead_code, unreachable_pub)]
mod build;

use std::fmt::Write as _;
use std::path::Path;

use quote::ToTokens;

/// The signatures of a service: a line for each handle's method and each request's setter, and one for
/// each type with its fields or variants.
fn signatures(folder: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("spec");
    let service = build::SERVICES
        .iter()
        .find(|service| service.folder == folder)
        .expect("it is known");
    let all = [service.feature].into_iter().collect();
    let generated = build::generate(&root, service, &all);
    let code = generated
        .unwrap_or_else(|problems| panic!("{problems:#?}"))
        .code;
    let file = syn::parse_file(&code).expect("the generated code parses");
    let mut lines = String::new();
    items(&file.items, "", &mut lines);
    lines
}

fn items(items: &[syn::Item], within: &str, lines: &mut String) {
    for item in items {
        match item {
            syn::Item::Mod(module) if public(&module.vis) => {
                if let Some((_, content)) = &module.content {
                    self::items(content, &format!("{within}{}::", module.ident), lines);
                }
            }
            syn::Item::Struct(item) => structure(item, within, lines),
            syn::Item::Impl(item) if item.trait_.is_none() => methods(item, within, lines),
            syn::Item::Macro(item) if !within.is_empty() => enumeration(item, within, lines),
            syn::Item::Const(item) => {
                let _ = writeln!(lines, "{within}{} = {}", item.ident, plain(&item.expr));
            }
            _ => {}
        }
    }
}

fn structure(item: &syn::ItemStruct, within: &str, lines: &mut String) {
    let fields = item.fields.iter().filter(|field| public(&field.vis));
    let fields: Vec<String> = fields
        .filter_map(|field| Some(format!("{}: {}", field.ident.as_ref()?, plain(&field.ty))))
        .collect();
    let _ = writeln!(lines, "{within}{} {{ {} }}", item.ident, fields.join(", "));
}

fn methods(item: &syn::ItemImpl, within: &str, lines: &mut String) {
    let owner = plain(&item.self_ty);
    for method in &item.items {
        if let syn::ImplItem::Fn(method) = method
            && public(&method.vis)
        {
            let _ = writeln!(lines, "{within}{owner}::{}", plain(&method.sig));
        }
    }
}

/// Enums and unions are written by macros: their name, and variants with values, stand in the tokens.
fn enumeration(item: &syn::ItemMacro, within: &str, lines: &mut String) {
    let name = plain(&item.mac.path);
    if !["open_enum", "tagged_union", "untagged_union"]
        .iter()
        .any(|kind| name.ends_with(kind))
    {
        return;
    }
    let tokens = item.mac.tokens.to_string();
    let mut text = String::new();
    let mut rest = tokens.as_str();
    // Documentation may change without changing the interface.
    while let Some((before, after)) = rest.split_once("# [doc") {
        text.push_str(before);
        rest = after.split_once("\"]").map_or("", |(_, rest)| rest);
    }
    text.push_str(rest);
    let _ = writeln!(
        lines,
        "{within}enum {}",
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    );
}

fn public(visibility: &syn::Visibility) -> bool {
    matches!(visibility, syn::Visibility::Public(_))
}

fn plain(tokens: &impl ToTokens) -> String {
    let text = tokens.to_token_stream().to_string();
    let long = [
        ":: std :: option :: ",
        ":: std :: string :: ",
        ":: std :: vec :: ",
        ":: std :: boxed :: ",
        ":: std :: collections :: ",
        ":: serde_json :: ",
    ];
    let text = long.iter().fold(text, |text, path| text.replace(path, ""));
    text.replace(" :: ", "::")
        .replace(" < ", "<")
        .replace(" >", ">")
        .replace(" ,", ",")
        .replace("( ", "(")
        .replace(" )", ")")
        .replace(" :", ":")
        .replace("& ", "&")
}

#[track_caller]
fn check(name: &str, folder: &str) {
    insta::with_settings!({ snapshot_path => "signatures", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, signatures(folder));
    });
}

#[test]
fn confluence_dc() {
    check("confluence_dc", "confluence-dc");
}

#[test]
fn confluence_cloud() {
    check("confluence_cloud", "confluence-cloud/v2");
}

#[test]
fn confluence_cloud_v1() {
    check("confluence_cloud_v1", "confluence-cloud/v1");
}

#[test]
fn onezone() {
    check("onezone", "onezone");
}

#[test]
fn workspaces() {
    check("workspaces", "workspaces");
}
