//! How a test gives a server content, changes it behind the back of clients, and looks at it.

use super::Server;
use super::contents::Content;
use super::kinds::Kind;
use super::seed::{Attachment, BlogPost, Comment, Page};

impl Server {
    // Seeding.

    /// Adds a page to a space added before.
    #[must_use]
    pub fn with_page(self, page: Page) -> Self {
        self.state().add_content(page);
        self
    }

    /// Adds so many pages to a space added before, `Page 00001` and on.
    #[must_use]
    pub fn with_pages(self, space_key: &str, count: usize) -> Self {
        for number in 1..=count {
            self.state()
                .add_content(Page::new(space_key, format!("Page {number:05}")));
        }
        self
    }

    /// Adds a blog post to a space added before.
    #[must_use]
    pub fn with_blog_post(self, post: BlogPost) -> Self {
        self.state().add_content(post);
        self
    }

    /// Adds so many blog posts to a space added before, `Blog post 00001` and on.
    #[must_use]
    pub fn with_blog_posts(self, space_key: &str, count: usize) -> Self {
        for number in 1..=count {
            self.state()
                .add_content(BlogPost::new(space_key, format!("Blog post {number:05}")));
        }
        self
    }

    /// Adds a comment to content added before.
    #[must_use]
    pub fn with_comment(self, comment: Comment) -> Self {
        self.state().add_content(comment);
        self
    }

    /// Attaches a file to content added before.
    #[must_use]
    pub fn with_attachment(self, attachment: Attachment) -> Self {
        self.state().add_content(attachment);
        self
    }

    // Changes in the middle of a test, as other people make them.

    /// Adds a page; answers its id.
    pub fn add_page(&self, page: Page) -> String {
        self.state().add_content(page)
    }

    /// Adds a blog post; answers its id.
    pub fn add_blog_post(&self, post: BlogPost) -> String {
        self.state().add_content(post)
    }

    /// Adds a comment; answers its id.
    pub fn add_comment(&self, comment: Comment) -> String {
        self.state().add_content(comment)
    }

    /// Attaches a file; answers the id of the attachment.
    pub fn add_attachment(&self, attachment: Attachment) -> String {
        self.state().add_content(attachment)
    }

    /// Removes the page of this id for good, with its comments and attachments.
    pub fn remove_page(&self, id: &str) {
        self.remove(&[Kind::Page], id);
    }

    /// Removes the blog post of this id for good, with its comments and attachments.
    pub fn remove_blog_post(&self, id: &str) {
        self.remove(&[Kind::BlogPost], id);
    }

    /// Removes the comment of this id with all its replies.
    pub fn remove_comment(&self, id: &str) {
        self.remove(&COMMENTS, id);
    }

    /// Removes the attachment of this id for good, with its comments.
    pub fn remove_attachment(&self, id: &str) {
        self.remove(&[Kind::Attachment], id);
    }

    fn remove(&self, kinds: &[Kind], id: &str) {
        self.state()
            .remove_contents(|content| kinds.contains(&content.kind) && content.is_called(id));
    }

    // Inspection.

    /// The pages, by number, home pages and those in the trash included.
    pub fn pages(&self) -> Vec<Page> {
        self.all(&[Kind::Page])
    }

    /// A page, by id or by title.
    pub fn page(&self, page: &str) -> Option<Page> {
        self.one(Kind::Page, page)
    }

    /// The blog posts, by number, those in the trash included.
    pub fn blog_posts(&self) -> Vec<BlogPost> {
        self.all(&[Kind::BlogPost])
    }

    /// A blog post, by id or by title.
    pub fn blog_post(&self, post: &str) -> Option<BlogPost> {
        self.one(Kind::BlogPost, post)
    }

    /// The comments of both kinds, by number.
    pub fn comments(&self) -> Vec<Comment> {
        self.all(&COMMENTS)
    }

    /// A comment, by id.
    pub fn comment(&self, id: &str) -> Option<Comment> {
        self.comments().into_iter().find(|known| known.id == id)
    }

    /// The attachments, by number, those in the trash included.
    pub fn attachments(&self) -> Vec<Attachment> {
        self.all(&[Kind::Attachment])
    }

    /// An attachment, by id or by the name of its file.
    pub fn attachment(&self, attachment: &str) -> Option<Attachment> {
        self.one(Kind::Attachment, attachment)
    }

    fn all<T: for<'c> From<&'c Content>>(&self, kinds: &[Kind]) -> Vec<T> {
        self.state()
            .contents
            .values()
            .filter(|content| kinds.contains(&content.kind))
            .map(T::from)
            .collect()
    }

    fn one<T: for<'c> From<&'c Content>>(&self, kind: Kind, name: &str) -> Option<T> {
        self.state()
            .of_kind(kind)
            .find(|known| known.is_called(name) || known.title == name)
            .map(T::from)
    }
}

const COMMENTS: [Kind; 2] = [Kind::FooterComment, Kind::InlineComment];
