//! Values that answers and requests are made of, whatever the service.

mod ids;
mod number_or_text;
mod open_enum;
mod secret;
mod timestamp;
mod union;
mod wiped;

pub use ids::{AccountId, ContentId, GroupName, SpaceKey, UserKey, Username};
pub use number_or_text::NumberOrText;
pub use secret::Secret;
pub use timestamp::Timestamp;

pub(crate) use open_enum::{Text, open_enum};
#[allow(unused_imports)] // which of them a service needs depends on its descriptions
pub(crate) use union::{member, tagged_union, untagged_union, with_tag};
pub(crate) use wiped::Wiped;
