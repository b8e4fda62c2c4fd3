//! What a server finishes later: polled until it has ended, one way or another.

mod ends;
mod poller;
mod settings;
mod status;
mod task;
mod updates;

pub use settings::PollSettings;
pub use status::{TaskOutcome, TaskStatus};
pub use task::LongTask;
pub(crate) use task::begin;
pub use updates::Updates;
