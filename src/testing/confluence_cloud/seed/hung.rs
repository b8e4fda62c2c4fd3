//! What hangs on other content: comments and attachments.

use std::collections::BTreeSet;

use bytes::Bytes;
use serde_json::Value;

use super::{ContentVersion, Property, setters};
use crate::testing::confluence_cloud::ADMIN;
use crate::testing::file::File;

/// A comment: at the foot of content, beside a piece of its text, or a reply.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Comment {
    /// The id, a number as text; it is given when the comment is added to a server.
    pub id: String,
    /// The id of what it is about, or, of a reply, that of the comment it replies to; before the comment is
    /// added to a server, that or the title of a page or blog post.
    pub holder_id: String,
    /// The body, in storage format.
    pub body: String,
    /// The text that an inline comment is about; `None` for a footer comment and for any reply.
    pub selection: Option<String>,
    /// How far the talk about that text has come: `open`, `resolved` or `reopened`. The interface tells of
    /// one whose text is gone that it is `dangling`.
    pub resolution: String,
    /// The account id of who resolved or reopened it last.
    pub resolution_by: Option<String>,
    /// When it was resolved or reopened last.
    pub resolution_at: Option<String>,
    /// The account id of who created it.
    pub author_id: String,
    /// When it was created.
    pub created_at: String,
    /// Its versions, the first one first.
    pub versions: Vec<ContentVersion>,
    /// The properties that apps keep with it.
    pub properties: Vec<Property>,
    /// The account ids of those who like it.
    pub likes: BTreeSet<String>,
}

impl Comment {
    /// A comment on a page or blog post, by id or by title, on an attachment, by id, or on another comment,
    /// by id, which makes it a reply of the same kind.
    pub fn new(holder: impl Into<String>, body: impl Into<String>) -> Self {
        Self {
            id: String::new(),
            holder_id: holder.into(),
            body: body.into(),
            selection: None,
            resolution: "open".to_owned(),
            resolution_by: None,
            resolution_at: None,
            author_id: ADMIN.to_owned(),
            created_at: String::new(),
            versions: Vec::new(),
            properties: Vec::new(),
            likes: BTreeSet::new(),
        }
    }

    /// A comment on a piece of text of a page or blog post, by id or by title. The text is one that its body
    /// has between tags or across them; where it has not, the comment is dangling.
    pub fn inline(
        holder: impl Into<String>,
        selection: impl Into<String>,
        body: impl Into<String>,
    ) -> Self {
        Self {
            selection: Some(selection.into()),
            ..Self::new(holder, body)
        }
    }

    setters!(id author liked_by property);
}

/// A file that is attached to a page or blog post.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Attachment {
    /// The id, `att` and a number; it is given when the attachment is added to a server.
    pub id: String,
    /// The id of what it is attached to; before the attachment is added to a server, that or the title of a
    /// page or blog post.
    pub holder_id: String,
    /// The name of the file, unique on what it is attached to.
    pub title: String,
    /// `current`, `archived` or `trashed`.
    pub status: String,
    /// The file.
    pub file: File,
    /// The account id of who attached it first.
    pub author_id: String,
    /// When it was attached first.
    pub created_at: String,
    /// Its versions, the first one first.
    pub versions: Vec<ContentVersion>,
    /// The names of its labels.
    pub labels: BTreeSet<String>,
    /// The properties that apps keep with it.
    pub properties: Vec<Property>,
}

impl Attachment {
    /// A file attached to a page or blog post, by id or by title; its media type is
    /// `application/octet-stream` unless set.
    pub fn new(
        holder: impl Into<String>,
        file_name: impl Into<String>,
        bytes: impl Into<Bytes>,
    ) -> Self {
        let file = File {
            media_type: "application/octet-stream".to_owned(),
            bytes: bytes.into(),
            comment: String::new(),
        };
        Self {
            id: String::new(),
            holder_id: holder.into(),
            title: file_name.into(),
            status: "current".to_owned(),
            file,
            author_id: ADMIN.to_owned(),
            created_at: String::new(),
            versions: Vec::new(),
            labels: BTreeSet::new(),
            properties: Vec::new(),
        }
    }

    setters!(id author label property);

    /// Sets the status: `current`, `archived` or `trashed`.
    #[must_use]
    pub fn status(mut self, status: impl Into<String>) -> Self {
        self.status = status.into();
        self
    }

    /// Sets the media type, such as `text/plain`.
    #[must_use]
    pub fn media_type(mut self, media_type: impl Into<String>) -> Self {
        self.file.media_type = media_type.into();
        self
    }

    /// Sets what was said when it was uploaded.
    #[must_use]
    pub fn comment(mut self, comment: impl Into<String>) -> Self {
        self.file.comment = comment.into();
        self
    }
}
