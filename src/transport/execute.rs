//! Sends a call until it succeeds, must not be sent again, or has used up its time.

use std::pin::pin;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tracing::Instrument as _;

use crate::Secret;
use crate::error::Error;
use crate::transport::attempt::{Answered, Outcome};
use crate::transport::call::Call;
use crate::transport::classify;
use crate::transport::core::Core;
use crate::transport::course::{Course, Pass};
use crate::transport::operation::Operation;
use crate::transport::scrub::{Forms, Scrubber};
use crate::transport::trace;

/// A successful answer before it is read.
pub(crate) struct RawAnswer {
    pub(crate) core: Core,
    pub(crate) operation: &'static Operation,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) attempts: u32,
    /// What must not be shown of the request, beside what the client itself hides.
    pub(crate) secrets: Vec<Secret>,
}

impl RawAnswer {
    /// Adds to an error what is known of the answer, and takes out of it what the answer repeats of the
    /// request's secrets.
    pub(crate) fn error(&self, error: Error) -> Error {
        let mut error = error
            .with_operation(self.operation)
            .with_status(self.status)
            .with_attempts(self.attempts)
            .with_request_id(classify::request_id(&self.headers));
        let own = Forms::of(&self.secrets);
        let scrubber = Scrubber::new([&self.core.shared().hidden, &own]);
        error.map_texts(|text| scrubber.scrub(text));
        error
    }
}

/// Sends a call and reads the answer.
pub(crate) async fn execute(call: Call) -> Result<RawAnswer, Error> {
    let mut sending = pin!(send(&call).instrument(trace::operation(&call)));
    let result = sending.as_mut().await;
    match &result {
        Ok(answer) => trace::succeeded(sending.span(), answer.status, answer.attempts),
        Err(error) => trace::failed(sending.span(), error),
    }
    result
}

async fn send(call: &Call) -> Result<RawAnswer, Error> {
    let url = call.url()?;
    let mut course = Course::new(call);
    loop {
        let pass = course.admit().await?;
        let setback = match course.attempt(&url, &pass).await {
            Outcome::Answered(answered) => {
                call.core.heed(&answered.headers);
                if answered.status.is_success() {
                    course.succeeded();
                    return Ok(success(&course, answered, &pass));
                }
                classify::refusal(call, &answered, pass.authorization.as_ref())
            }
            Outcome::Failed(failure, headers) => {
                let authorization = pass.authorization.as_ref();
                classify::failure(call, failure).with_request_id(call, &headers, authorization)
            }
        };
        let setback = course.refresh(&pass, setback).await?;
        drop(pass);
        course.again(setback).await?;
    }
}

fn success(course: &Course<'_>, answered: Answered, pass: &Pass) -> RawAnswer {
    let call = course.call();
    let credential = call.secret(pass.authorization.as_ref());
    RawAnswer {
        core: call.core.clone(),
        operation: call.operation,
        status: answered.status,
        headers: answered.headers,
        body: answered.body,
        attempts: course.attempts(),
        secrets: call.secrets.iter().cloned().chain(credential).collect(),
    }
}
