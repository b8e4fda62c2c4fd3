//! Who may do what: permissions and restrictions.

use std::collections::BTreeSet;

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

/// The permissions that can be granted in a space.
pub(in super::super) const SPACE_PERMISSIONS: [(&str, &str); 14] = [
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
pub(in super::super) fn all_permissions(subject: &Subject) -> BTreeSet<Grant> {
    SPACE_PERMISSIONS
        .iter()
        .map(|(target, operation)| Grant::new(subject.clone(), *target, *operation))
        .collect()
}

/// What an ordinary user may do in a space: read and write.
pub(in super::super) fn ordinary_permissions(subject: &Subject) -> BTreeSet<Grant> {
    let ordinary = |(target, operation): &&(&str, &str)| {
        matches!((*target, *operation), ("space", "read" | "delete_own")) || *operation == "create"
    };
    SPACE_PERMISSIONS
        .iter()
        .filter(ordinary)
        .map(|(target, operation)| Grant::new(subject.clone(), *target, *operation))
        .collect()
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
    pub(in super::super) fn admits(&self, user: &str, groups: &BTreeSet<&str>) -> bool {
        self.is_empty()
            || self.users.contains(user)
            || self
                .groups
                .iter()
                .any(|group| groups.contains(group.as_str()))
    }
}
