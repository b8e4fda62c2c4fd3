//! Mistakes that do not compile, as documentation tests: they need no second build of the crate.
//!
//! A required value of a body cannot be forgotten:
//!
//! ```compile_fail,E0061
//! use spacewright::confluence_dc::types::NewUser;
//! let _ = NewUser::new("morgan", "Morgan Lee");
//! ```
//!
//! Nor can a required argument of an operation:
//!
//! ```compile_fail,E0061
//! fn call(wiki: &spacewright::confluence_dc::Client) {
//!     let _ = wiki.admin_user().delete();
//! }
//! ```
//!
//! One service's type is not another's:
//!
//! ```compile_fail,E0308
//! use spacewright::{confluence_cloud, confluence_dc};
//! fn call(wiki: &confluence_dc::Client, space: confluence_cloud::types::NewSpace) {
//!     let _ = wiki.space().create(space);
//! }
//! ```
//!
//! A name of one kind is not taken for another:
//!
//! ```compile_fail,E0277
//! use spacewright::{GroupName, Username};
//! fn call(wiki: &spacewright::confluence_dc::Client, user: Username, group: GroupName) {
//!     let _ = wiki.user_group().add(group, user);
//! }
//! ```
//!
//! A secret cannot be shown by mistake:
//!
//! ```compile_fail,E0277
//! println!("{}", spacewright::Secret::from("correct horse"));
//! ```
//!
//! And done right, the same compiles:
//!
//! ```
//! use spacewright::{GroupName, Username, confluence_dc::{Client, types::NewUser}};
//! fn call(wiki: &Client, user: Username, group: GroupName) {
//!     let _ = wiki.user_group().add(user, group);
//!     let _ = wiki.admin_user().delete("morgan");
//!     let _ = NewUser::new("morgan", "Morgan Lee", "morgan@example.com");
//! }
//! ```
