//! Limits of time, size and number.

use std::time::Duration;

/// How much time and space a client gives its requests.
///
/// Each has a default that suits a server on the same continent; every one can be changed, and some
/// for a single request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Time to get a connection, TLS included: 10 s.
    pub connect: Duration,
    /// Time for one attempt, from its first byte to the last of the answer's body: 30 s. For a
    /// download it is the longest pause between two pieces.
    pub attempt: Duration,
    /// Size of an answer's body after decompression, in bytes: 32 MiB. Downloads are not limited.
    pub body: usize,
    /// How much of an error's body is read, in bytes: 64 KiB.
    pub error_body: usize,
    /// Requests under way at the same time, over all clones of the client: 100. A download counts until
    /// it has ended or is dropped.
    pub concurrency: usize,
    /// The longest time for which the client holds itself back because a server announces that its rate
    /// limit is used up: a day. An announcement beyond it is not believed; the server can still refuse.
    pub hold_back: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            attempt: Duration::from_secs(30),
            body: 32 << 20,
            error_body: 64 << 10,
            concurrency: 100,
            hold_back: Duration::from_secs(24 * 60 * 60),
        }
    }
}

impl Limits {
    /// Sets the time to get a connection.
    #[must_use]
    pub fn connect(mut self, time: Duration) -> Self {
        self.connect = time;
        self
    }

    /// Sets the time for one attempt.
    #[must_use]
    pub fn attempt(mut self, time: Duration) -> Self {
        self.attempt = time;
        self
    }

    /// Sets the largest body of an answer, in bytes after decompression.
    #[must_use]
    pub fn body(mut self, bytes: usize) -> Self {
        self.body = bytes;
        self
    }

    /// Sets how much of an error's body is read, in bytes.
    #[must_use]
    pub fn error_body(mut self, bytes: usize) -> Self {
        self.error_body = bytes;
        self
    }

    /// Sets how many requests may be under way at the same time; at least one.
    #[must_use]
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.concurrency = requests.max(1);
        self
    }

    /// Sets the longest time for which an announced rate limit holds the client back.
    #[must_use]
    pub fn hold_back(mut self, time: Duration) -> Self {
        self.hold_back = time;
        self
    }
}
