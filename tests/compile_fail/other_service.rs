//! One service's type is not another's.

use spacewright::{confluence_cloud, confluence_dc};

fn call(wiki: &confluence_dc::Client, space: confluence_cloud::types::NewSpace) {
    let _ = wiki.space().create(space);
}

fn main() {}
