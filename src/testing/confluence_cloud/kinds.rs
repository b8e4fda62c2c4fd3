//! The kinds of content, and how they differ.

/// A kind of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Kind {
    #[default]
    Page,
    BlogPost,
    FooterComment,
    InlineComment,
    Attachment,
}

use Kind::{Attachment, BlogPost, FooterComment, InlineComment, Page};

impl Kind {
    /// The kind that paths of v2 call this.
    pub(super) fn of_path(segment: &str) -> Option<Self> {
        let all = [Page, BlogPost, FooterComment, InlineComment, Attachment];
        all.into_iter().find(|kind| kind.path() == segment)
    }

    /// What paths of v2 call it.
    pub(super) fn path(self) -> &'static str {
        match self {
            Page => "pages",
            BlogPost => "blogposts",
            FooterComment => "footer-comments",
            InlineComment => "inline-comments",
            Attachment => "attachments",
        }
    }

    /// What v2 calls it where kinds are told.
    pub(super) fn name(self) -> &'static str {
        match self {
            FooterComment => "footer-comment",
            InlineComment => "inline-comment",
            Page | BlogPost | Attachment => self.target(),
        }
    }

    /// What permissions call it.
    pub(super) fn target(self) -> &'static str {
        match self {
            Page => "page",
            BlogPost => "blogpost",
            FooterComment | InlineComment => "comment",
            Attachment => "attachment",
        }
    }

    /// What messages call it.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Page => "page",
            BlogPost => "blog post",
            FooterComment | InlineComment => "comment",
            Attachment => "attachment",
        }
    }

    /// The field by which what hangs on it tells its id.
    pub(super) fn id_field(self) -> &'static str {
        match self {
            Page => "pageId",
            BlogPost => "blogPostId",
            FooterComment | InlineComment => "parentCommentId",
            Attachment => "attachmentId",
        }
    }

    /// Whether it stands in a space by itself, and other content hangs on it.
    pub(super) fn is_post(self) -> bool {
        matches!(self, Page | BlogPost)
    }

    pub(super) fn is_comment(self) -> bool {
        matches!(self, FooterComment | InlineComment)
    }

    /// Whether content of another kind can hang on it, replies to comments aside.
    pub(super) fn holds(self, hung: Self) -> bool {
        match self {
            Page | BlogPost => !hung.is_post(),
            Attachment => hung == FooterComment,
            FooterComment | InlineComment => false,
        }
    }

    /// The orders that its lists can have.
    pub(super) fn orders(self) -> &'static [&'static str] {
        match self {
            Page => &["id", "title", "created-date", "modified-date"],
            BlogPost => &["id", "created-date", "modified-date"],
            FooterComment | InlineComment | Attachment => &["created-date", "modified-date"],
        }
    }

    /// The statuses that its lists can be asked for.
    pub(super) fn statuses(self) -> &'static [&'static str] {
        match self {
            Page => &["current", "archived", "deleted", "trashed"],
            BlogPost => &["current", "deleted", "trashed"],
            Attachment => &["current", "archived", "trashed"],
            FooterComment | InlineComment => &[
                "current",
                "draft",
                "archived",
                "historical",
                "trashed",
                "deleted",
            ],
        }
    }

    /// The statuses of what its lists have when they are not asked for any.
    pub(super) fn usual_statuses(self) -> &'static [&'static str] {
        match self {
            Page | Attachment => &["current", "archived"],
            BlogPost | FooterComment | InlineComment => &["current"],
        }
    }
}
