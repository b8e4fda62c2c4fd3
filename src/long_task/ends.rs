//! What is said of a task that did not end well, or whose end was not seen.

use std::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::long_task::TaskStatus;
use crate::long_task::poller::Poller;
use crate::transport::scrub::{Forms, Scrubber};

impl<S: TaskStatus> Poller<S> {
    /// It ended badly, and the server may have said why.
    pub(super) fn failed(&self, messages: &[String]) -> Error {
        let said = match messages {
            [] => "the server does not say why".to_owned(),
            messages => format!("\"{}\"", messages.join("; ")),
        };
        // A server that repeats the credential does so here too.
        let own = Forms::default();
        let scrubber = Scrubber::new([&self.task.core.shared().hidden, &own]);
        let said = scrubber.scrub(&said).unwrap_or(said);
        let message = format!("the task {} ended badly: {said}", self.task.id());
        self.about(Error::new(ErrorKind::TaskFailed, message).with_operation(self.task.operation))
    }

    /// The server has forgotten it.
    pub(super) fn gone(&self, error: Error) -> Error {
        let seen = self.percent().map_or(String::new(), |percent| {
            format!(" (it was last seen at {percent} %)")
        });
        let message = format!(
            "the server knows nothing of the task {} any more{seen}, so how it ended is not known",
            self.task.id()
        );
        let error = error.of_kind(ErrorKind::TaskGone).with_message(&message);
        self.about(error.with_note("look whether what it was to do is done"))
    }

    /// The server does not know it, and perhaps never did.
    pub(super) fn unknown(&self, error: Error) -> Error {
        let note = format!(
            "the task {} was never there, or the server has forgotten how it ended",
            self.task.id()
        );
        self.about(error.with_note(&note))
    }

    /// It took too long, or stood still for too long.
    pub(super) fn late(&mut self, what: &str, time: Duration) -> Error {
        let percent = self.percent().map_or(String::new(), |percent| {
            format!(", it stands at {percent} %")
        });
        // Fractions of a second are noise beside minutes.
        let time = match time.as_secs() {
            0 => time,
            seconds => Duration::from_secs(seconds),
        };
        let message = format!(
            "the task {} {what} within {time:?}{percent}",
            self.task.id()
        );
        let error = Error::new(ErrorKind::TaskTimeout, message).with_operation(self.task.operation);
        let error = match self.trouble.take() {
            Some(trouble) => error.with_note("the last poll failed").with_source(trouble),
            None => error,
        };
        self.unfinished(error)
    }

    /// It was not seen to end: how to go on.
    pub(super) fn unfinished(&self, error: Error) -> Error {
        let by = match &self.task.id {
            Some(id) => format!(" by its id, {id}"),
            None => String::new(),
        };
        let note = format!("it may still go on: it can be followed again{by}");
        self.about(error.with_note(&note))
    }

    fn percent(&self) -> Option<u8> {
        self.last.as_ref().and_then(TaskStatus::percent)
    }

    /// Adds to an error what is known of the task.
    fn about(&self, error: Error) -> Error {
        let status = self
            .last
            .as_ref()
            .and_then(|status| serde_json::to_value(status).ok());
        error.with_task(self.task.id(), status)
    }
}
