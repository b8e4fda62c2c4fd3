//! Answers of a token endpoint.

use std::sync::OnceLock;

use http::{HeaderMap, StatusCode};

use super::SECRET;
use crate::auth::oauth2::{Application, Provider};

/// Whatever the endpoint answers, it comes to tokens that can be used, or to an error without secrets.
pub fn tokens(bytes: &[u8]) {
    static APPLICATION: OnceLock<Option<Application>> = OnceLock::new();
    let make = || {
        let provider = Provider::new("https://login.example.com/token");
        let builder = Application::builder(provider, "client").client_secret(SECRET);
        builder.build().ok()
    };
    let Some(application) = APPLICATION.get_or_init(make) else {
        return;
    };
    let Some((number, body)) = bytes.split_first() else {
        return;
    };
    let statuses = [200, 200, 200, 400, 401, 403, 429, 500, 503, 204];
    let status = statuses.get(usize::from(*number) % statuses.len());
    let status = status.and_then(|status| StatusCode::from_u16(*status).ok());
    let status = status.unwrap_or(StatusCode::OK);
    match application.judge(status, HeaderMap::new(), body.to_vec(), SECRET) {
        Ok(tokens) => {
            assert_eq!(status, StatusCode::OK);
            assert!(!tokens.access_token.expose().trim().is_empty());
            let refresh = tokens.refresh_token.as_ref();
            assert!(refresh.is_none_or(|token| !token.expose().is_empty()));
            let kept = serde_json::to_string(&tokens).unwrap_or_default();
            let again: Option<crate::auth::oauth2::Tokens> = serde_json::from_str(&kept).ok();
            assert!(
                again.is_some_and(
                    |again| again.access_token.expose() == tokens.access_token.expose()
                )
            );
        }
        Err(error) => {
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains(SECRET), "{shown}");
            assert!(!error.to_string().contains(char::is_control), "{shown}");
            assert!(error.to_string().len() < 400, "{shown}");
        }
    }
}
