//! The site as an OAuth 2.0 provider: the applications that it knows, and what it has given out.

mod authorize;
mod pkce;
mod refusal;
mod token;

use std::collections::{BTreeMap, VecDeque};

use wiremock::Request;

use self::pkce::Challenge;
use super::call;
use super::seed::{OAuthApp, OAuthScope};
use super::state::State;
use crate::testing::server::Answer;

pub(super) use authorize::redirect;

/// How long an access token is said to last, in seconds. It does last until a test lets it expire.
const LIFETIME: u32 = 3600;

/// Most codes, and most logins, that are remembered at a time: then the oldest go.
const MOST: usize = 1_000;

/// What the provider remembers.
#[derive(Default)]
pub(super) struct OAuth {
    apps: BTreeMap<String, OAuthApp>,
    /// Codes that were not used yet; their texts sort by age.
    codes: BTreeMap<String, Code>,
    logins: VecDeque<Login>,
    /// How many codes and tokens were given out: no two are alike.
    given: u64,
}

/// What a user lets an application do.
struct Consent {
    client_id: String,
    user: String,
    scope: OAuthScope,
}

/// What a code stands for.
struct Code {
    consent: Consent,
    challenge: Option<Challenge>,
}

/// A login, with the tokens of it that are good.
struct Login {
    consent: Consent,
    access_token: Option<String>,
    refresh_token: Option<String>,
}

/// What an application gets.
struct Tokens {
    access: String,
    refresh: String,
}

/// Answers what goes to the provider; `None` when it goes elsewhere.
pub(super) fn answer(state: &mut State, request: &Request) -> Option<Answer> {
    let path = call::inside(request, &state.context)?;
    let endpoint = path.strip_prefix("/rest/oauth2/latest/")?;
    match (request.method.as_str(), endpoint) {
        ("GET", "authorize") => Some(authorize::answer(state, request)),
        ("POST", "token") => Some(token::answer(state, request)),
        _ => None,
    }
}

impl OAuth {
    /// Adds an application, or replaces the one with that id.
    pub(super) fn register(&mut self, app: OAuthApp) {
        self.apps.insert(app.client_id.clone(), app);
    }

    /// For whom an access token acts, and what they may do with it at most.
    pub(super) fn holder(&self, access_token: &str) -> Option<(String, OAuthScope)> {
        let holds = |login: &&Login| login.access_token.as_deref() == Some(access_token);
        let consent = &self.logins.iter().find(holds)?.consent;
        Some((consent.user.clone(), consent.scope))
    }

    /// Makes a code, an access token or a refresh token worthless.
    pub(super) fn expire(&mut self, text: &str) {
        self.codes.remove(text);
        for login in &mut self.logins {
            for token in [&mut login.access_token, &mut login.refresh_token] {
                token.take_if(|token| token == text);
            }
        }
        self.logins
            .retain(|login| login.access_token.is_some() || login.refresh_token.is_some());
    }

    /// Takes back all that a user has allowed.
    pub(super) fn forget_user(&mut self, user: &str) {
        self.codes.retain(|_, code| code.consent.user != user);
        self.logins.retain(|login| login.consent.user != user);
    }

    fn give_code(&mut self, code: Code) -> String {
        let text = self.new_text("code");
        self.codes.insert(text.clone(), code);
        if self.codes.len() > MOST {
            self.codes.pop_first();
        }
        text
    }

    fn log_in(&mut self, consent: Consent) -> Tokens {
        let tokens = self.new_tokens();
        self.logins.push_back(Login {
            consent,
            access_token: Some(tokens.access.clone()),
            refresh_token: Some(tokens.refresh.clone()),
        });
        if self.logins.len() > MOST {
            self.logins.pop_front();
        }
        tokens
    }

    /// New tokens for a refresh token of this application. Both old ones are worth nothing after it.
    fn renew(&mut self, client_id: &str, refresh_token: &str) -> Option<Tokens> {
        let tokens = self.new_tokens();
        let login = self.logins.iter_mut().find(|login| {
            login.consent.client_id == client_id
                && login.refresh_token.as_deref() == Some(refresh_token)
        })?;
        login.access_token = Some(tokens.access.clone());
        login.refresh_token = Some(tokens.refresh.clone());
        Some(tokens)
    }

    fn new_tokens(&mut self) -> Tokens {
        Tokens {
            access: self.new_text("access"),
            refresh: self.new_text("refresh"),
        }
    }

    fn new_text(&mut self, kind: &str) -> String {
        self.given += 1;
        format!("oauth-{kind}-{:08}", self.given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consent() -> Consent {
        Consent {
            client_id: "app".to_owned(),
            user: "admin".to_owned(),
            scope: OAuthScope::Read,
        }
    }

    #[test]
    fn the_oldest_codes_and_logins_go() {
        let mut oauth = OAuth::default();
        let code = || Code {
            consent: consent(),
            challenge: None,
        };
        let codes: Vec<String> = (0..=MOST).map(|_| oauth.give_code(code())).collect();
        let known = codes.iter().map(|code| oauth.codes.contains_key(code));
        assert_eq!(known.take(2).collect::<Vec<_>>(), [false, true]);
        let first = oauth.log_in(consent());
        for _ in 0..MOST {
            oauth.log_in(consent());
        }
        assert_eq!(oauth.logins.len(), MOST);
        assert_eq!(oauth.holder(&first.access), None);
    }
}
