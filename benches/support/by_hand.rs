//! The calls as one writes them by hand with reqwest and serde: no retry, no checks, nothing to spare.

use std::fmt;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;

use super::models::{Failure, NewUser, Page, Space, User, UserKey};

pub struct ByHand {
    http: Client,
    base: String,
    token: String,
}

pub enum Problem {
    Http(reqwest::Error),
    Json(serde_json::Error),
    Refused(StatusCode, Failure),
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(error) => write!(f, "{error}"),
            Self::Json(error) => write!(f, "{error}"),
            Self::Refused(status, failure) => {
                let said = failure.message.as_deref().or(failure.reason.as_deref());
                write!(f, "{status} ({:?}): {said:?}", failure.status_code)
            }
        }
    }
}

impl From<reqwest::Error> for Problem {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error)
    }
}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

impl ByHand {
    /// A client with the same time limits as the crate's.
    pub fn new(http: reqwest::ClientBuilder, base: &str, token: &str) -> Self {
        let http = http
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(30))
            .redirect(reqwest::redirect::Policy::none())
            .user_agent("by-hand/1.0");
        Self {
            http: http.build().unwrap(),
            base: base.to_owned(),
            token: token.to_owned(),
        }
    }

    pub async fn space(&self, key: &str) -> Result<Space, Problem> {
        let key = utf8_percent_encode(key, NON_ALPHANUMERIC);
        let url = format!(
            "{}/rest/api/space/{key}?expand=homepage%2Cdescription.plain",
            self.base
        );
        self.send(self.http.get(url)).await
    }

    pub async fn create_user(&self, user: &NewUser<'_>) -> Result<UserKey, Problem> {
        let request = self.http.post(format!("{}/rest/api/admin/user", self.base));
        let body = serde_json::to_vec(user)?;
        self.send(request.header(CONTENT_TYPE, "application/json").body(body))
            .await
    }

    pub async fn users(&self, start: u64, limit: u64) -> Result<Page<User>, Problem> {
        let base = &self.base;
        let url = format!("{base}/rest/api/admin/users/list/active?limit={limit}&start={start}");
        self.send(self.http.get(url)).await
    }

    async fn send<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Problem> {
        let request = request
            .header(ACCEPT, "application/json")
            .bearer_auth(&self.token);
        let response = request.send().await?;
        let status = response.status();
        let body = response.bytes().await?;
        if !status.is_success() {
            return Err(Problem::Refused(status, serde_json::from_slice(&body)?));
        }
        Ok(serde_json::from_slice(&body)?)
    }
}
