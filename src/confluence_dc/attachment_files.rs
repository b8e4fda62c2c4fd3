//! The files of attachments: several in one upload, and downloads, which the described interface lacks.

use http::Method;

use super::attachments::{Attachments, Create};
use crate::transport::{Call, Operation, RetryClass};
use crate::{ContentId, Upload};

/// The address that a browser downloads from; `_links.download` of an attachment holds it as well, with
/// the time of the change, by which caches tell versions apart.
static DOWNLOAD: Operation = Operation {
    id: "attachments_download",
    method: Method::GET,
    path: "/download/attachments/{id}/{fileName}",
    retry: RetryClass::Idempotent,
    siblings: &[],
    instead: None,
};

impl Create {
    /// Adds another file to the same upload. The answer's page has an attachment for each.
    ///
    /// With several files the server wants a comment for each or none at all: give them with
    /// [`comments`](Self::comments).
    ///
    /// ```no_run
    /// # async fn example(wiki: spacewright::confluence_dc::Client) -> Result<(), spacewright::Error> {
    /// use spacewright::Upload;
    ///
    /// let stored = wiki
    ///     .attachments()
    ///     .create("65591", Upload::path("plan.pdf"))
    ///     .and_file(Upload::path("budget.xlsx"))
    ///     .comments(["as agreed", "without tax"])
    ///     .await?;
    /// assert_eq!(stored.results.len(), 2);
    /// # Ok(()) }
    /// ```
    pub fn and_file(mut self, file: impl Into<Upload>) -> Self {
        self.call.file("file", file.into());
        self
    }

    /// The comments of several files, in the order of the files; they take the place of
    /// [`comment`](Self::comment).
    pub fn comments(mut self, comments: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let comments = comments.into_iter().map(Into::into);
        self.call.part_list("comment", comments);
        self
    }
}

impl Attachments {
    /// Downloads the file of an attachment.
    ///
    /// It arrives as a stream and is never whole in memory unless asked for. A server that keeps its files
    /// elsewhere sends the client there: the credential does not go along.
    ///
    /// `GET /download/attachments/{id}/{fileName}`, which is the address that browsers use: the described
    /// interface has none.
    ///
    /// ```no_run
    /// # async fn example(wiki: spacewright::confluence_dc::Client) -> Result<(), spacewright::Error> {
    /// let file = wiki.attachments().download("65591", "plan.pdf").version(2).await?;
    /// println!("{:?} bytes", file.length());
    /// file.save("plan.pdf").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// Requires: permission to see the content.
    ///
    /// # Arguments
    ///
    /// - `id`: Id of the content that the attachment hangs on.
    /// - `file_name`: Name of the file, which is the attachment's title.
    ///
    /// # Errors
    ///
    /// - 401: Not logged in, or the credential is wrong or expired.
    /// - 403: The caller lacks the permission.
    /// - 404: There is no such content or file, or the caller may not see it; mostly as an HTML page.
    pub fn download(
        &self,
        id: impl Into<ContentId>,
        file_name: impl AsRef<str>,
    ) -> DownloadAttachment {
        let mut call = Call::new(&self.core, &DOWNLOAD);
        call.segment("id", id.into().as_str());
        call.segment("fileName", file_name.as_ref());
        DownloadAttachment { call }
    }
}

/// The request of [`Attachments::download`].
#[must_use = "a request is sent when it is awaited"]
pub struct DownloadAttachment {
    call: Call,
}

impl DownloadAttachment {
    /// Number of the version of the file; the latest unless said otherwise.
    pub fn version(mut self, version: i32) -> Self {
        self.call.query("version", version.to_string());
        self
    }
}

crate::transport::download_request! { DownloadAttachment }
