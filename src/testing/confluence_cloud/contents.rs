//! Content of any kind, as the site keeps it.

use std::collections::BTreeSet;

use super::kinds::Kind;
use super::problem::Problem;
use super::seed::{Attachment, BlogPost, Comment, ContentVersion, Page, Property};
use crate::testing::file::File;

/// A page, blog post, comment or attachment. The fields are those of the seeds; what a kind does not have is
/// empty.
#[derive(Debug, Clone, Default)]
pub(super) struct Content {
    pub(super) kind: Kind,
    pub(super) id: String,
    /// The space of a page or blog post.
    pub(super) space_id: String,
    /// What a comment or an attachment hangs on.
    pub(super) holder_id: String,
    /// The page above a page.
    pub(super) parent_id: Option<String>,
    pub(super) title: String,
    pub(super) status: String,
    pub(super) body: String,
    pub(super) file: File,
    pub(super) author_id: String,
    pub(super) owner_id: String,
    pub(super) created_at: String,
    pub(super) versions: Vec<ContentVersion>,
    pub(super) labels: BTreeSet<String>,
    pub(super) properties: Vec<Property>,
    pub(super) likes: BTreeSet<String>,
    pub(super) visible_to: Option<BTreeSet<String>>,
    pub(super) selection: Option<String>,
    pub(super) resolution: String,
    pub(super) resolution_by: Option<String>,
    pub(super) resolution_at: Option<String>,
}

impl Content {
    /// Whether an id names it: that of an attachment does with its prefix and without.
    pub(super) fn is_called(&self, id: &str) -> bool {
        self.id == id || self.id.strip_prefix("att") == Some(id)
    }

    /// The number of its newest version.
    pub(super) fn number(&self) -> u64 {
        self.versions.last().map_or(0, |version| version.number)
    }

    /// When it was changed last.
    pub(super) fn modified_at(&self) -> &str {
        let newest = self.versions.last();
        newest.map_or("", |version| version.created_at.as_str())
    }

    /// Keeps it as it is as its next version.
    pub(super) fn begin_version(&mut self, author: &str, message: &str, time: String) {
        self.versions.push(ContentVersion {
            number: self.number() + 1,
            message: message.to_owned(),
            author_id: author.to_owned(),
            created_at: time,
            ..ContentVersion::default()
        });
        self.renew_version();
    }

    /// Takes what it is now into its newest version.
    pub(super) fn renew_version(&mut self) {
        if let Some(newest) = self.versions.last_mut() {
            newest.title.clone_from(&self.title);
            newest.body.clone_from(&self.body);
            newest.file.clone_from(&self.file);
        }
    }

    /// What it was in an earlier version.
    pub(super) fn as_of(&self, number: &str) -> Result<Self, Problem> {
        let known = |one: &ContentVersion| one.number.to_string() == number;
        let at = self.versions.iter().position(known);
        let at = at.ok_or_else(|| Problem::not_found("Version not found"))?;
        let mut old = self.clone();
        old.versions.truncate(at + 1);
        if let Some(version) = old.versions.last() {
            old.title.clone_from(&version.title);
            old.body.clone_from(&version.body);
            old.file.clone_from(&version.file);
        }
        Ok(old)
    }
}

/// A seed becomes the content that is kept, and is shown from it again, field by field.
macro_rules! seeded_by {
    ($seed:ident, $kind:expr, $($field:ident)*) => {
        impl From<$seed> for Content {
            fn from(seed: $seed) -> Self {
                Self { kind: $kind, $($field: seed.$field,)* ..Self::default() }
            }
        }

        impl From<&Content> for $seed {
            fn from(content: &Content) -> Self {
                Self { $($field: content.$field.clone(),)* }
            }
        }
    };
}

seeded_by!(Page, Kind::Page, id space_id title status parent_id body author_id owner_id created_at
    versions labels properties likes visible_to);
seeded_by!(BlogPost, Kind::BlogPost, id space_id title status body author_id created_at
    versions labels properties likes visible_to);
// Whether it is an inline comment shows when it is added.
seeded_by!(Comment, Kind::FooterComment, id holder_id body selection resolution resolution_by
    resolution_at author_id created_at versions properties likes);
seeded_by!(Attachment, Kind::Attachment, id holder_id title status file author_id created_at
    versions labels properties);
