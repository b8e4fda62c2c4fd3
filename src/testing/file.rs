//! Files that simulated servers keep.

use std::fmt;

use bytes::Bytes;

/// The file of an attachment.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct File {
    /// The media type, such as `text/plain`.
    pub media_type: String,
    /// The file itself.
    pub bytes: Bytes,
    /// What was said when it was uploaded.
    pub comment: String,
}

/// Without the file itself.
impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File")
            .field("media_type", &self.media_type)
            .field("length", &self.bytes.len())
            .field("comment", &self.comment)
            .finish()
    }
}
