//! Pages, blog posts, comments and attachments.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::super::clock::Moment;
use super::grants::Restriction;
use super::{Property, numbered, setters};
use crate::testing::file::File;

/// How a version of a content was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Edit {
    /// Login name of who made it.
    pub(in super::super) by: String,
    pub(in super::super) when: Moment,
    pub(in super::super) message: String,
    /// Whether watchers were spared a notification.
    pub(in super::super) minor: bool,
}

impl Edit {
    /// An edit without a message.
    pub(in super::super) fn by(user: impl Into<String>, when: Moment) -> Self {
        Self {
            by: user.into(),
            when,
            message: String::new(),
            minor: false,
        }
    }
}

/// Most earlier versions that are kept of a content, as a site keeps them that has a rule of retention.
const MOST_EARLIER: usize = 1_000;

/// What a version held that another took the place of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Earlier {
    pub(in super::super) title: String,
    pub(in super::super) body: String,
    pub(in super::super) file: Option<File>,
    pub(in super::super) edit: Edit,
}

/// When a label was added, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Labelled {
    pub(in super::super) by: String,
    pub(in super::super) when: Moment,
}

/// A page, blog post, comment or attachment.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Content {
    /// Id; made up by the server unless set.
    pub id: u64,
    /// Kind: `page`, `blogpost`, `comment`, `attachment`.
    pub kind: String,
    /// Key of the space that holds it.
    pub space: String,
    /// Title; the name of the file of an attachment.
    pub title: String,
    /// Text in the storage format.
    pub body: String,
    /// State: `current`, `draft`, `trashed`.
    pub status: String,
    /// Number of the current version.
    pub version: u32,
    /// Id of the parent page; for a comment and an attachment, of what it hangs on.
    pub parent: Option<u64>,
    /// Labels, with their namespace before a colon unless it is `global`.
    pub labels: BTreeSet<String>,
    /// Properties by key.
    pub properties: BTreeMap<String, Property>,
    /// Those who alone may see it, and what is below it.
    pub viewers: Restriction,
    /// Those who alone may edit it.
    pub editors: Restriction,
    /// The file of an attachment.
    pub file: Option<File>,
    /// Login names of those who watch it.
    pub watchers: BTreeSet<String>,
    /// Number among the pages beside it, when somebody put them in an order.
    pub position: Option<i32>,
    pub(in super::super) creator: String,
    pub(in super::super) created: Moment,
    /// How the current version was made.
    pub(in super::super) edit: Edit,
    /// The versions before it that are kept, by number.
    pub(in super::super) earlier: BTreeMap<u32, Earlier>,
    /// When and by whom its labels were added.
    pub(in super::super) labelled: BTreeMap<String, Labelled>,
}

impl Content {
    /// A page at the top of a space.
    pub fn page(space: impl Into<String>, title: impl Into<String>) -> Self {
        Self::of_kind("page", space, title)
    }

    /// A blog post.
    pub fn blog_post(space: impl Into<String>, title: impl Into<String>) -> Self {
        Self::of_kind("blogpost", space, title)
    }

    /// A file attached to the page with this id, which was added before; its media type follows from
    /// the ending of its name.
    pub fn attachment(page: u64, name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        let name = name.into();
        let file = File {
            media_type: media_type(&name).to_owned(),
            bytes: bytes.into(),
            comment: String::new(),
        };
        let mut content = Self::of_kind("attachment", "", name).parent(page);
        content.file = Some(file);
        content
    }

    /// A content of any kind.
    pub fn of_kind(
        kind: impl Into<String>,
        space: impl Into<String>,
        title: impl Into<String>,
    ) -> Self {
        Self {
            id: 0,
            kind: kind.into(),
            space: space.into(),
            title: title.into(),
            body: String::new(),
            status: "current".to_owned(),
            version: 1,
            parent: None,
            labels: BTreeSet::new(),
            properties: BTreeMap::new(),
            viewers: Restriction::default(),
            editors: Restriction::default(),
            file: None,
            watchers: BTreeSet::new(),
            position: None,
            creator: "admin".to_owned(),
            created: Moment::default(),
            edit: Edit::by("admin", Moment::default()),
            earlier: BTreeMap::new(),
            labelled: BTreeMap::new(),
        }
    }

    numbered!();

    setters! {
        /// Sets the text, in the storage format.
        body;
        /// Sets the state: `current`, `draft` or `trashed`.
        status;
    }

    /// Sets the parent.
    #[must_use]
    pub fn parent(mut self, id: u64) -> Self {
        self.parent = Some(id);
        self
    }

    /// Sets the number among the pages beside it.
    #[must_use]
    pub fn position(mut self, position: i32) -> Self {
        self.position = Some(position);
        self
    }

    /// Adds a label.
    #[must_use]
    pub fn label(mut self, name: impl Into<String>) -> Self {
        self.labels.insert(name.into());
        self
    }

    /// Lets only this user see it, and those named before. Lists leave it out for others after the
    /// page was cut, as the real server does.
    #[must_use]
    pub fn only_for(mut self, user: impl Into<String>) -> Self {
        self.viewers.users.insert(user.into());
        self
    }

    /// Lets only the members of this group see it, and those named before.
    #[must_use]
    pub fn only_for_group(mut self, group: impl Into<String>) -> Self {
        self.viewers.groups.insert(group.into());
        self
    }

    /// Lets only this user edit it, and those named before.
    #[must_use]
    pub fn edited_only_by(mut self, user: impl Into<String>) -> Self {
        self.editors.users.insert(user.into());
        self
    }

    /// The content as it was in a version, if the server keeps that.
    pub fn at_version(&self, number: u32) -> Option<Self> {
        let mut content = self.clone();
        if number != self.version {
            let earlier = self.earlier.get(&number)?.clone();
            "historical".clone_into(&mut content.status);
            content.version = number;
            content.title = earlier.title;
            content.body = earlier.body;
            content.file = earlier.file;
            content.edit = earlier.edit;
        }
        Some(content)
    }

    /// The numbers of its versions, in order.
    pub(in super::super) fn versions(&self) -> impl DoubleEndedIterator<Item = u32> {
        self.earlier.keys().copied().chain([self.version])
    }

    /// The login names of those who made a version of it.
    pub(in super::super) fn authors(&self) -> BTreeSet<&str> {
        let edits = self.earlier.values().map(|one| &one.edit);
        let edits = edits.chain([&self.edit]);
        edits.map(|edit| edit.by.as_str()).collect()
    }

    /// Begins the next version and keeps the current one; what is new in it is set afterwards.
    pub(in super::super) fn begin_version(&mut self, edit: Edit) {
        let before = Earlier {
            title: self.title.clone(),
            body: self.body.clone(),
            file: self.file.clone(),
            edit: std::mem::replace(&mut self.edit, edit),
        };
        self.earlier.insert(self.version, before);
        if self.earlier.len() > MOST_EARLIER {
            self.earlier.pop_first();
        }
        self.version += 1;
    }

    /// The content with an earlier version as its current one, and without those after that.
    pub(in super::super) fn as_of(&self, number: u32) -> Option<Self> {
        let mut content = self.at_version(number)?;
        content.status.clone_from(&self.status);
        content.earlier.retain(|earlier, _| *earlier < number);
        Some(content)
    }

    /// Forgets an earlier version; those after it get new numbers. Says whether there was such a version.
    pub(in super::super) fn forget_version(&mut self, number: u32) -> bool {
        let known = self.earlier.remove(&number).is_some();
        if known {
            let later = self.earlier.split_off(&number);
            let later = later.into_iter().map(|(number, one)| (number - 1, one));
            self.earlier.extend(later);
            self.version -= 1;
        }
        known
    }

    /// Adds a label, unless it is there; says whether it was new.
    pub(in super::super) fn add_label(&mut self, label: &str, labelled: Labelled) -> bool {
        self.labelled.entry(label.to_owned()).or_insert(labelled);
        self.labels.insert(label.to_owned())
    }

    /// Removes a label; says whether it was there.
    pub(in super::super) fn remove_label(&mut self, label: &str) -> bool {
        self.labelled.remove(label);
        self.labels.remove(label)
    }

    /// The id as the server writes it: that of an attachment begins with `att`.
    pub(in super::super) fn wire_id(&self) -> String {
        if self.kind == "attachment" {
            format!("att{}", self.id)
        } else {
            self.id.to_string()
        }
    }
}

/// The media type that the ending of a file's name stands for.
fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("txt") => "text/plain",
        Some("html") => "text/html",
        Some("json") => "application/json",
        Some("pdf") => "application/pdf",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("zip") => "application/zip",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_versions_go_and_the_others_keep_their_numbers() {
        let mut content = Content::page("TEST", "Long-lived");
        for _ in 0..MOST_EARLIER + 2 {
            content.begin_version(Edit::by("admin", Moment::default()));
        }
        assert_eq!(content.version, 1_003);
        assert_eq!(content.versions().next(), Some(3));
        assert_eq!(content.at_version(2), None);
        assert_eq!(content.at_version(3).map(|one| one.version), Some(3));
        assert_eq!(content.authors(), BTreeSet::from(["admin"]));
    }
}
