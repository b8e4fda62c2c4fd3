//! A server that simulates nothing.

use serde_json::json;
use wiremock::Request;

use super::pages::Paging;
use super::server::{Answer, Harness, Refusal, Simulation, not_simulated, server_methods};
use super::wire::reason;

/// A server without a service: only mocks answer, all else is 501.
///
/// It stands for whatever an application talks to beside the services themselves: an authorization server,
/// the host that files are kept on, a receiver of webhooks. It records, asserts and misbehaves as the
/// simulated servers do.
///
/// ```
/// use spacewright::testing::wiremock::matchers::path;
/// use spacewright::testing::wiremock::{Mock, ResponseTemplate};
/// use spacewright::testing::{BareServer, Misbehaviour};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let files = BareServer::start().await;
/// let picture = ResponseTemplate::new(200).set_body_raw("PNG", "image/png");
/// files.mount(Mock::given(path("/picture")).respond_with(picture)).await;
/// files.misbehave(Misbehaviour::truncated(1).once());
/// println!("pictures come from {}/picture", files.url());
/// # }
/// ```
pub struct BareServer {
    harness: Harness<Nothing>,
}

impl std::fmt::Debug for BareServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BareServer")
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}

impl BareServer {
    server_methods!(Nothing);

    /// The base address, without a slash at its end.
    pub fn url(&self) -> String {
        self.harness.origin()
    }
}

#[derive(Default)]
struct Nothing;

impl Simulation for Nothing {
    fn begin(&mut self, _origin: &str) {}

    fn respond(&mut self, request: &Request, _paging: &Paging<'_>) -> Answer {
        not_simulated(request)
    }

    fn refuse(&self, refusal: &Refusal) -> Answer {
        let status = match refusal {
            Refusal::Status(status) => *status,
            Refusal::RateLimited { .. } => 429,
        };
        let message = reason(status).unwrap_or("Error");
        let answer = Answer::json(status, &json!({ "message": message }));
        match refusal {
            Refusal::Status(_) => answer,
            Refusal::RateLimited { retry_after } => {
                answer.header("retry-after", retry_after.to_string())
            }
        }
    }
}
