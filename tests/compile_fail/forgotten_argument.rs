//! A required argument of an operation cannot be forgotten.

fn call(wiki: &spacewright::confluence_dc::Client) {
    let _ = wiki.admin_user().delete();
}

fn main() {}
