//! What is uploaded.

use super::call::Call;
use super::problem::Problem;
use crate::testing::multipart;
pub(super) use crate::testing::multipart::Part;

/// The parts of an upload.
pub(super) fn uploaded<'a>(call: &Call<'a>) -> Result<Vec<Part<'a>>, Problem> {
    // A browser cannot be tricked into sending it: that is how forged requests are told.
    if call.header("x-atlassian-token") != Some("no-check") {
        return Err(Problem::forbidden("XSRF check failed"));
    }
    multipart::parts(call.header("content-type").unwrap_or_default(), call.body)
        .ok_or_else(|| Problem::bad_request("The body must be multipart/form-data"))
}
