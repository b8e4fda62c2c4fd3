//! What a server holds: the same types seed it before a test and show it afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use bytes::Bytes;
use serde_json::Value;

use super::clock::Moment;

/// A user.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// Login name.
    pub name: String,
    /// Permanent key; made up by the server unless set.
    pub key: String,
    /// Name shown to others.
    pub full_name: String,
    /// Email address.
    pub email: String,
    /// Whether the user may log in.
    pub active: bool,
    /// Language and country, when the user chose one.
    pub locale: Option<String>,
    pub(super) password: Option<String>,
}

impl User {
    /// An active user with a full name and an address made from the login name, and without a password.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            key: String::new(),
            full_name: name.clone(),
            email: format!("{name}@example.com"),
            active: true,
            locale: None,
            password: None,
            name,
        }
    }

    /// Sets the permanent key.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// Sets the name shown to others.
    #[must_use]
    pub fn full_name(mut self, full_name: impl Into<String>) -> Self {
        self.full_name = full_name.into();
        self
    }

    /// Sets the email address.
    #[must_use]
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.email = email.into();
        self
    }

    /// Sets the password to log in with.
    #[must_use]
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Makes the user one who may not log in.
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.active = false;
        self
    }

    /// Whether this is the user's password.
    pub fn has_password(&self, password: &str) -> bool {
        self.password.as_deref() == Some(password)
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("name", &self.name)
            .field("key", &self.key)
            .field("full_name", &self.full_name)
            .field("email", &self.email)
            .field("active", &self.active)
            .finish_non_exhaustive()
    }
}

/// A group, with its members.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group {
    /// Name.
    pub name: String,
    /// Login names of the users in it.
    pub members: BTreeSet<String>,
    /// Names of the groups in it.
    pub groups: BTreeSet<String>,
}

impl Group {
    /// An empty group.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            members: BTreeSet::new(),
            groups: BTreeSet::new(),
        }
    }

    /// Adds a user, by login name.
    #[must_use]
    pub fn member(mut self, user: impl Into<String>) -> Self {
        self.members.insert(user.into());
        self
    }

    /// Adds a group, by name.
    #[must_use]
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.groups.insert(group.into());
        self
    }
}

/// Whom something is permitted to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Subject {
    /// A user, by login name.
    User(String),
    /// A group, by name.
    Group(String),
    /// Visitors who are not logged in.
    Anonymous,
    /// Users without a licence.
    Unlicensed,
}

/// A permission, in a space or in the whole site.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Grant {
    /// Whom it is granted to.
    pub subject: Subject,
    /// What it is about: `space`, `page`, `application` …
    pub target: String,
    /// What may be done: `read`, `create`, `administer` …
    pub operation: String,
}

impl Grant {
    /// A permission for anybody.
    pub fn new(subject: Subject, target: impl Into<String>, operation: impl Into<String>) -> Self {
        Self {
            subject,
            target: target.into(),
            operation: operation.into(),
        }
    }

    /// A permission for a user.
    pub fn to_user(
        user: impl Into<String>,
        target: impl Into<String>,
        operation: impl Into<String>,
    ) -> Self {
        Self::new(Subject::User(user.into()), target, operation)
    }

    /// A permission for a group.
    pub fn to_group(
        group: impl Into<String>,
        target: impl Into<String>,
        operation: impl Into<String>,
    ) -> Self {
        Self::new(Subject::Group(group.into()), target, operation)
    }
}

/// A property of a space or a content.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Property {
    /// Number of the property.
    pub id: u64,
    /// The JSON that it holds.
    pub value: Value,
    /// How often it was written.
    pub version: u32,
}

impl Property {
    /// The first version; the server makes up the number.
    pub(super) fn first(value: Value) -> Self {
        Self {
            id: 0,
            value,
            version: 1,
        }
    }
}

/// A space.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Space {
    /// Number; made up by the server unless set.
    pub id: u64,
    /// Key.
    pub key: String,
    /// Name that people see.
    pub name: String,
    /// Description, as plain text.
    pub description: String,
    /// Login name of the owner, for a personal space.
    pub owner: Option<String>,
    /// Whether it is put away.
    pub archived: bool,
    /// Id of its home page.
    pub homepage: Option<u64>,
    /// Categories.
    pub categories: BTreeSet<String>,
    /// Who may do what in it.
    pub permissions: BTreeSet<Grant>,
    /// Properties by key.
    pub properties: BTreeMap<String, Property>,
    /// Login names of those who watch it.
    pub watchers: BTreeSet<String>,
    pub(super) creator: String,
    pub(super) created: Moment,
    pub(super) changed: Moment,
}

impl Space {
    /// A space that all users may read and write in, and that `admin` administers.
    pub fn new(key: impl Into<String>) -> Self {
        let key = key.into();
        let mut space = Self::bare(key.clone(), key, "admin".to_owned());
        space.permissions = all_permissions(&Subject::User("admin".to_owned()));
        space
            .permissions
            .extend(ordinary_permissions(&Subject::Group(
                "confluence-users".to_owned(),
            )));
        space
    }

    /// A space with no permission yet.
    pub(super) fn bare(key: String, name: String, creator: String) -> Self {
        Self {
            id: 0,
            key,
            name,
            description: String::new(),
            owner: None,
            archived: false,
            homepage: None,
            categories: BTreeSet::new(),
            permissions: BTreeSet::new(),
            properties: BTreeMap::new(),
            watchers: BTreeSet::new(),
            creator,
            created: Moment::default(),
            changed: Moment::default(),
        }
    }

    /// Sets the number.
    #[must_use]
    pub fn id(mut self, id: u64) -> Self {
        self.id = id;
        self
    }

    /// Sets the name that people see.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the description.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Makes it one that is put away.
    #[must_use]
    pub fn archived(mut self) -> Self {
        self.archived = true;
        self
    }

    /// Takes all permissions away but those of `admin`: an ordinary user does not see it.
    #[must_use]
    pub fn private(mut self) -> Self {
        self.permissions = all_permissions(&Subject::User("admin".to_owned()));
        self
    }

    /// Adds a permission.
    #[must_use]
    pub fn grant(mut self, grant: Grant) -> Self {
        self.permissions.insert(grant);
        self
    }

    /// Adds a property.
    #[must_use]
    pub fn property(mut self, key: impl Into<String>, value: Value) -> Self {
        self.properties.insert(key.into(), Property::first(value));
        self
    }

    /// Adds a category.
    #[must_use]
    pub fn category(mut self, name: impl Into<String>) -> Self {
        self.categories.insert(name.into());
        self
    }
}

/// The permissions that can be granted in a space.
pub(super) const SPACE_PERMISSIONS: [(&str, &str); 14] = [
    ("space", "read"),
    ("space", "administer"),
    ("space", "export"),
    ("space", "restrict"),
    ("space", "delete_own"),
    ("space", "delete_mail"),
    ("page", "create"),
    ("page", "delete"),
    ("blogpost", "create"),
    ("blogpost", "delete"),
    ("comment", "create"),
    ("comment", "delete"),
    ("attachment", "create"),
    ("attachment", "delete"),
];

/// All that can be permitted in a space.
pub(super) fn all_permissions(subject: &Subject) -> BTreeSet<Grant> {
    SPACE_PERMISSIONS
        .iter()
        .map(|(target, operation)| Grant::new(subject.clone(), *target, *operation))
        .collect()
}

/// What an ordinary user may do in a space: read and write.
pub(super) fn ordinary_permissions(subject: &Subject) -> BTreeSet<Grant> {
    let ordinary = |(target, operation): &&(&str, &str)| {
        matches!((*target, *operation), ("space", "read" | "delete_own")) || *operation == "create"
    };
    SPACE_PERMISSIONS
        .iter()
        .filter(ordinary)
        .map(|(target, operation)| Grant::new(subject.clone(), *target, *operation))
        .collect()
}

/// The file of an attachment.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct File {
    /// Media type, such as `text/plain`.
    pub media_type: String,
    /// The file itself.
    pub bytes: Bytes,
    /// What was said when it was uploaded.
    pub comment: String,
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File")
            .field("media_type", &self.media_type)
            .field("length", &self.bytes.len())
            .field("comment", &self.comment)
            .finish()
    }
}

/// Users and groups who alone may do something with a content; with neither, all may who may do so in
/// the space.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Restriction {
    /// Login names.
    pub users: BTreeSet<String>,
    /// Names of groups.
    pub groups: BTreeSet<String>,
}

impl Restriction {
    /// Whether it restricts nobody.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.groups.is_empty()
    }

    /// Whether it lets a user through.
    pub(super) fn admits(&self, user: &str, groups: &BTreeSet<&str>) -> bool {
        self.is_empty()
            || self.users.contains(user)
            || self
                .groups
                .iter()
                .any(|group| groups.contains(group.as_str()))
    }
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
    pub(super) creator: String,
    pub(super) message: String,
    /// Files that newer ones took the place of, by version.
    pub(super) earlier_files: BTreeMap<u32, File>,
    pub(super) created: Moment,
    pub(super) changed: Moment,
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
            creator: "admin".to_owned(),
            message: String::new(),
            earlier_files: BTreeMap::new(),
            created: Moment::default(),
            changed: Moment::default(),
        }
    }

    /// Sets the id, so that a test knows it.
    #[must_use]
    pub fn id(mut self, id: u64) -> Self {
        self.id = id;
        self
    }

    /// Sets the text, in the storage format.
    #[must_use]
    pub fn body(mut self, storage: impl Into<String>) -> Self {
        self.body = storage.into();
        self
    }

    /// Sets the parent.
    #[must_use]
    pub fn parent(mut self, id: u64) -> Self {
        self.parent = Some(id);
        self
    }

    /// Sets the state: `current`, `draft` or `trashed`.
    #[must_use]
    pub fn status(mut self, status: impl Into<String>) -> Self {
        self.status = status.into();
        self
    }

    /// Adds a label.
    #[must_use]
    pub fn label(mut self, name: impl Into<String>) -> Self {
        self.labels.insert(name.into());
        self
    }

    /// Adds a property.
    #[must_use]
    pub fn property(mut self, key: impl Into<String>, value: Value) -> Self {
        self.properties.insert(key.into(), Property::first(value));
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

    /// The id as the server writes it: that of an attachment begins with `att`.
    pub(super) fn wire_id(&self) -> String {
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
