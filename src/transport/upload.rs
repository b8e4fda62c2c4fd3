//! Files on their way to a server: never whole in memory unless the caller has them there.

use std::fmt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::StreamExt as _;
use tokio::io::AsyncReadExt as _;

use crate::error::{Error, ErrorKind};

type ByteStream = Pin<Box<dyn Stream<Item = std::io::Result<Bytes>> + Send>>;
type Progress = Arc<dyn Fn(u64) + Send + Sync>;

/// A file to be sent: from memory, from disk, or from a stream.
///
/// One from memory or disk can be sent again when an attempt fails; one from a stream cannot.
///
/// ```
/// use spacewright::Upload;
///
/// let report = Upload::bytes("report.txt", "all is well")
///     .content_type("text/plain")
///     .on_progress(|sent| println!("{sent} bytes"));
/// # let _ = (report, Upload::path("photo.jpg"));
/// ```
#[derive(Clone)]
pub struct Upload {
    name: String,
    content_type: Option<String>,
    source: Source,
    progress: Option<Progress>,
}

#[derive(Clone)]
enum Source {
    Bytes(Bytes),
    Path(PathBuf),
    Stream {
        stream: Arc<Mutex<Option<ByteStream>>>,
        length: Option<u64>,
    },
}

impl Upload {
    /// A file from memory, with the name that the server will know it by.
    #[must_use]
    pub fn bytes(name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self::new(name.into(), Source::Bytes(bytes.into()))
    }

    /// A file from disk, named like the file. It is read while it is sent.
    #[must_use]
    pub fn path(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref().to_owned();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        Self::new(name.unwrap_or_default(), Source::Path(path))
    }

    /// A file from a stream; `length` is its size in bytes where it is known, and then the stream must be
    /// of that length. It can be sent once only.
    #[must_use]
    pub fn stream(
        name: impl Into<String>,
        stream: impl Stream<Item = std::io::Result<Bytes>> + Send + 'static,
        length: Option<u64>,
    ) -> Self {
        let stream: ByteStream = Box::pin(stream);
        let stream = Arc::new(Mutex::new(Some(stream)));
        Self::new(name.into(), Source::Stream { stream, length })
    }

    fn new(name: String, source: Source) -> Self {
        Self {
            name,
            content_type: None,
            source,
            progress: None,
        }
    }

    /// Sets the name that the server will know the file by.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the file's media type; the server guesses where it is left out.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// Calls back with the number of bytes handed to the connection so far; a second attempt begins
    /// at zero again.
    #[must_use]
    pub fn on_progress(mut self, progress: impl Fn(u64) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(progress));
        self
    }

    pub(crate) fn is_repeatable(&self) -> bool {
        !matches!(self.source, Source::Stream { .. })
    }

    /// The body and its length, where that is known.
    pub(crate) async fn open(&self) -> Result<(reqwest::Body, Option<u64>), Error> {
        let (stream, length): (ByteStream, Option<u64>) = match &self.source {
            Source::Bytes(bytes) if self.progress.is_none() => {
                return Ok((bytes.clone().into(), Some(bytes.len() as u64)));
            }
            Source::Bytes(bytes) => (pieces(bytes.clone()), Some(bytes.len() as u64)),
            Source::Path(path) => self.open_file(path).await?,
            Source::Stream { stream, length } => {
                let stream = stream.lock().unwrap_or_else(PoisonError::into_inner).take();
                let stream = stream.ok_or_else(|| {
                    Error::invalid_input(format!("the stream of {:?} was sent before", self.name))
                })?;
                (stream, *length)
            }
        };
        let stream = match length {
            Some(length) => exact(stream, length),
            None => stream,
        };
        Ok((reqwest::Body::wrap_stream(self.watched(stream)), length))
    }

    async fn open_file(&self, path: &Path) -> Result<(ByteStream, Option<u64>), Error> {
        let unreadable = |error: std::io::Error| {
            Error::invalid_input(format!(
                "the file {} cannot be read ({error}); nothing was sent",
                path.display()
            ))
            .with_source(error)
        };
        let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
        let metadata = file.metadata().await.map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(Error::invalid_input(format!(
                "{} is a folder; nothing was sent",
                path.display()
            )));
        }
        // The length that was announced is the length that is sent, whatever is appended meanwhile.
        let file = file.take(metadata.len());
        let stream = futures_util::stream::unfold(file, |mut file| async move {
            let mut piece = bytes::BytesMut::with_capacity(PIECE);
            match file.read_buf(&mut piece).await {
                Ok(0) => None,
                Ok(_) => Some((Ok(piece.freeze()), file)),
                Err(error) => Some((Err(error), file)),
            }
        });
        Ok((Box::pin(stream), Some(metadata.len())))
    }

    fn watched(&self, stream: ByteStream) -> ByteStream {
        let Some(progress) = self.progress.clone() else {
            return stream;
        };
        let mut sent = 0;
        Box::pin(stream.inspect(move |piece| {
            if let Ok(piece) = piece {
                sent += piece.len() as u64;
                progress(sent);
            }
        }))
    }
}

/// The same stream, which fails where it is not as long as was announced: the server would take a part of
/// it for the whole, or what is too much for the end of the form.
fn exact(stream: ByteStream, length: u64) -> ByteStream {
    let wrong = move |how: &str| {
        let message = format!("it is {how} than the {length} bytes that were announced");
        Err(std::io::Error::other(message))
    };
    let next = move |(mut stream, left): (ByteStream, u64)| async move {
        match stream.next().await.transpose()? {
            Some(piece) => match left.checked_sub(piece.len() as u64) {
                Some(left) => Ok(Some((piece, (stream, left)))),
                None => wrong("longer"),
            },
            None if left > 0 => wrong("shorter"),
            None => Ok(None),
        }
    };
    Box::pin(futures_util::stream::try_unfold((stream, length), next))
}

/// How much is read from a file at once.
const PIECE: usize = 64 << 10;

fn pieces(mut bytes: Bytes) -> ByteStream {
    Box::pin(futures_util::stream::poll_fn(move |_| {
        let piece = bytes.split_to(bytes.len().min(PIECE));
        std::task::Poll::Ready((!piece.is_empty()).then_some(Ok(piece)))
    }))
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl From<PathBuf> for Upload {
    fn from(path: PathBuf) -> Self {
        Self::path(path)
    }
}

impl From<&Path> for Upload {
    fn from(path: &Path) -> Self {
        Self::path(path)
    }
}

/// A part of a multipart body.
#[derive(Clone)]
pub(crate) enum Part {
    File(&'static str, Upload),
    Text(&'static str, String),
}

impl Part {
    pub(crate) fn is_repeatable(&self) -> bool {
        match self {
            Self::File(_, upload) => upload.is_repeatable(),
            Self::Text(..) => true,
        }
    }
}

/// The form of an attempt.
pub(crate) async fn form(parts: &[Part]) -> Result<reqwest::multipart::Form, Error> {
    let mut form = reqwest::multipart::Form::new();
    for part in parts {
        form = match part {
            Part::Text(name, value) => form.text(*name, value.clone()),
            Part::File(name, upload) => form.part(*name, file_part(upload).await?),
        };
    }
    Ok(form)
}

async fn file_part(upload: &Upload) -> Result<reqwest::multipart::Part, Error> {
    if let Some(reason) = refused_name(&upload.name) {
        let problem = format!("the file's name {reason}; nothing was sent");
        return Err(Error::invalid_input(problem));
    }
    let (body, length) = upload.open().await?;
    let part = match length {
        Some(length) => reqwest::multipart::Part::stream_with_length(body, length),
        None => reqwest::multipart::Part::stream(body),
    };
    let part = part.file_name(upload.name.clone());
    match &upload.content_type {
        None => Ok(part),
        Some(kind) => part.mime_str(kind).map_err(|_| {
            Error::new(
                ErrorKind::InvalidInput,
                format!("{kind:?} is no media type; nothing was sent"),
            )
        }),
    }
}

/// Why a file cannot travel under a name; `None` when it can. Without a name servers take the part for
/// no file, and a line break would begin a header of its own.
fn refused_name(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        return Some("is empty: give it one with `name`");
    }
    name.chars()
        .any(char::is_control)
        .then_some("holds a control character")
}
