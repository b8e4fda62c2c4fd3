//! What a generated call came to, whatever the type of its answer.

use std::future::Future;
use std::pin::Pin;

use serde::Serialize;
use serde_json::Value;
use spacewright::{Answer, Download, Error, LongTask, TaskStatus};

/// The outcome of a call.
pub struct Called {
    pub outcome: Result<Got, Error>,
}

/// What a call gave.
pub struct Got {
    pub status: u16,
    pub value: Taken,
}

/// The value of an answer.
#[derive(Debug, PartialEq)]
pub enum Taken {
    /// A typed answer, serialised again; `null` is none.
    Json(Value),
    /// The id of a long task.
    Task(String),
    /// The bytes of a download.
    Bytes(Vec<u8>),
}

/// Takes the typed answer.
pub fn answer<T: Serialize>(result: Result<Answer<T>, Error>) -> Called {
    let got = |answer: Answer<T>| Got {
        status: answer.status().as_u16(),
        value: Taken::Json(serde_json::to_value(&answer.value).unwrap()),
    };
    Called {
        outcome: result.map(got),
    }
}

/// Takes the id of the long task.
pub fn task<S: TaskStatus>(result: Result<Answer<LongTask<S>>, Error>) -> Called {
    let got = |answer: Answer<LongTask<S>>| Got {
        status: answer.status().as_u16(),
        value: Taken::Task(answer.value.id().to_owned()),
    };
    Called {
        outcome: result.map(got),
    }
}

/// Reads the download to its end.
pub async fn download(result: Result<Download, Error>) -> Called {
    let outcome = match result {
        Ok(download) => {
            let status = download.status().as_u16();
            let bytes = download.bytes().await;
            bytes.map(|bytes| Got {
                status,
                value: Taken::Bytes(bytes.to_vec()),
            })
        }
        Err(error) => Err(error),
    };
    Called { outcome }
}

/// What the generated code answers to an id that it does not know.
pub fn unknown(id: &str) -> Pin<Box<dyn Future<Output = Called> + '_>> {
    Box::pin(async move { panic!("{id} is not generated") })
}
