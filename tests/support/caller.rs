//! Requests by hand, as any client of a server would send them.

use serde_json::Value;

/// Sends requests as one user.
pub struct Caller {
    pub http: reqwest::Client,
    /// What comes before each path.
    pub base: String,
    /// The header with the credential.
    pub header: (&'static str, String),
}

/// What came back.
pub struct Reply {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    /// The JSON, or what else it was as a text.
    pub body: Value,
}

impl Caller {
    pub fn new(base: String, header: (&'static str, String)) -> Self {
        Self {
            http: reqwest::Client::new(),
            base,
            header,
        }
    }

    pub async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        let method = method.parse().expect("a method");
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .header(self.header.0, &self.header.1);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let answer = request.send().await.expect("an answer");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.expect("a body");
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Reply {
            status,
            headers,
            body,
        }
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, None).await
    }
}

impl Reply {
    /// A header, or an empty text.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}
