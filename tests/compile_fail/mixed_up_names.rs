//! A name of one kind is not taken for another.

use spacewright::{GroupName, Username};

fn call(wiki: &spacewright::confluence_dc::Client, user: Username, group: GroupName) {
    let _ = wiki.user_group().add(group, user);
}

fn main() {}
