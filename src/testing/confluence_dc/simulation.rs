//! From a request to an answer: who sends it, which route takes it, and what is said when none does.

use http::Method;
use wiremock::Request;

use super::call::{Call, Caller};
use super::problem::{Outcome, Problem};
use super::seed::OAuthScope;
use super::state::State;
use super::{
    attachments, audit, blueprints, bodies, children, colours, contents, groups, jobs, labels,
    oauth, permissions, properties, reindex, restrictions, search, site, spaces, tasks, users,
    versions, watches, webhook_calls, webhooks,
};
use crate::testing::pages::Paging;
use crate::testing::server::{Answer, Refusal, Simulation, not_simulated};
use crate::testing::wire::reason;

/// The routes of one resource; `None` when the request is not for them.
type Route = fn(&mut State, &Call<'_>) -> Option<Outcome>;

/// All routes. `groups` and `watches` come before `users`, and `properties` and the like before
/// `contents`: the longer path is the more particular one.
const ROUTES: [Route; 23] = [
    groups::route,
    watches::route,
    users::route,
    permissions::route,
    properties::route,
    labels::route,
    attachments::route,
    restrictions::route,
    versions::route,
    blueprints::route,
    search::route,
    children::route,
    colours::route,
    spaces::route,
    contents::route,
    bodies::route,
    tasks::route,
    jobs::route,
    reindex::route,
    webhook_calls::route,
    webhooks::route,
    audit::route,
    site::route,
];

impl Simulation for State {
    fn begin(&mut self, origin: &str) {
        origin.clone_into(&mut self.origin);
    }

    fn context_path(&self) -> String {
        self.context.clone()
    }

    fn respond(&mut self, request: &Request, paging: &Paging<'_>) -> Answer {
        if let Some(answer) = oauth::answer(self, request) {
            return answer;
        }
        let caller = self.sender(request);
        let caller = match caller.and_then(|caller| within_scope(caller, &request.method)) {
            Ok(caller) => caller,
            Err(problem) => return problem.answer(),
        };
        let context = self.context.clone();
        let Some(call) = Call::read(request, &context, caller, paging) else {
            return outside(request, &context);
        };
        match ROUTES.iter().find_map(|route| route(self, &call)) {
            Some(outcome) => outcome.unwrap_or_else(|problem| problem.answer()),
            None => not_simulated(request),
        }
    }

    fn refuse(&self, refusal: &Refusal) -> Answer {
        match refusal {
            Refusal::Status(401) => Problem::unauthorized().answer(),
            Refusal::Status(status) => Problem::new(*status, words(*status)).answer(),
            Refusal::RateLimited { retry_after } => {
                let body = serde_json::json!({ "message": "Rate limit exceeded." });
                let mut answer =
                    Answer::json(429, &body).header("retry-after", retry_after.to_string());
                answer.headers.extend(budget(0));
                answer
            }
        }
    }

    fn rate_limit_headers(&self, remaining: u64) -> Vec<(String, String)> {
        // Answers that were served carry a wait of 0, which is none.
        let mut headers = budget(remaining);
        headers.push(("retry-after".to_owned(), "0".to_owned()));
        headers
    }
}

/// The caller, unless their access token lets them look at things only and this changes some.
fn within_scope(caller: Caller, method: &Method) -> Result<Caller, Problem> {
    let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    match caller {
        Caller::User {
            scope: OAuthScope::Read,
            ..
        } if !reads => Err(Problem::forbidden(
            "The scope of the access token does not allow changes",
        )),
        caller => Ok(caller),
    }
}

/// A path outside of `/rest/api`: what a servlet container says when the context path is wrong.
fn outside(request: &Request, context: &str) -> Answer {
    if !context.is_empty() && !request.url.path().starts_with(&format!("{context}/")) {
        let page = "<!doctype html><html lang=\"en\"><head><title>HTTP Status 404 – Not Found</title></head>\
                    <body><h1>HTTP Status 404 – Not Found</h1></body></html>";
        return Answer::html(404, page);
    }
    not_simulated(request)
}

/// The headers that tell how much of the rate limit is left.
fn budget(remaining: u64) -> Vec<(String, String)> {
    [
        ("x-ratelimit-limit", "100".to_owned()),
        ("x-ratelimit-remaining", remaining.to_string()),
        ("x-ratelimit-fillrate", "10".to_owned()),
        ("x-ratelimit-interval-seconds", "1".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

fn words(status: u16) -> String {
    let reason = reason(status).unwrap_or("Error");
    format!("{reason}: as the test wanted it")
}
