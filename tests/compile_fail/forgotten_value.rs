//! A required value of a request body cannot be forgotten.

use spacewright::confluence_dc::types::NewUser;

fn main() {
    let _ = NewUser::new("morgan", "Morgan Lee");
}
