//! One renewal: from the store, from the server, into the store, and only then into use.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::Secret;
use crate::auth::oauth2::Tokens;
use crate::auth::oauth2::endpoint::{Cause, Failure, Grant};
use crate::auth::oauth2::session::{Current, Renews, Shared};
use crate::auth::{Authorization, CredentialError};

/// Tokens to go on with; `None` where the old ones will not do and cannot be renewed.
pub(super) type Outcome = Result<Option<Arc<Current>>, CredentialError>;

/// For how long an early renewal is left alone after it failed, while the old token is still good.
const LEFT_ALONE: Duration = Duration::from_secs(5);

/// What one renewal leaves to the next.
#[derive(Default)]
pub(super) struct Renewal {
    /// What the last one came to, for those who waited for it.
    pub(super) outcome: Option<Outcome>,
    /// New tokens that the store did not take: they are in no use yet, and the old ones are spent.
    unsaved: Option<Arc<Current>>,
    /// A refresh token that the server called invalid, and the error: it is not asked again.
    spent: Option<(Secret, CredentialError)>,
}

impl Renewal {
    /// The last outcome, unless it is the very token that was rejected.
    pub(super) fn outcome_for(&self, rejected: Option<&Authorization>) -> Option<Outcome> {
        match &self.outcome {
            Some(Ok(Some(current))) if Some(&current.authorization) == rejected => None,
            outcome => outcome.clone(),
        }
    }
}

/// Gets tokens that are fresh and not those that were rejected.
pub(super) async fn renew(
    session: &Shared,
    renewal: &mut Renewal,
    rejected: Option<&Authorization>,
) -> Outcome {
    if renewal.unsaved.is_some() {
        save(session, renewal).await?;
    } else {
        load(session).await?;
    }
    if let Some(current) = session.fresh(rejected) {
        return Ok(Some(current));
    }
    let held = session.held();
    let usable = held.clone().filter(|held| {
        rejected != Some(&held.authorization) && !held.tokens.has_expired(session.now())
    });
    match session.renews {
        Renews::ByClientCredentials => {
            let answer = ask(session, Grant::ClientCredentials, usable.is_some()).await;
            settle(session, renewal, answer, None, usable).await
        }
        Renews::ByRefreshToken => {
            let Some(held) = held else {
                return Err(CredentialError::login_required(
                    "there are no tokens in the store: the user has to log in",
                ));
            };
            let Some(token) = held.tokens.refresh_token.clone() else {
                return Ok(
                    usable.map(|usable| leave_alone(session, &usable, usable.tokens.expires_at))
                );
            };
            if let Some((_, error)) = renewal
                .spent
                .as_ref()
                .filter(|(spent, _)| same(spent, &token))
            {
                return Err(error.clone());
            }
            let answer = ask(session, Grant::Refresh(&token), usable.is_some()).await;
            if answer
                .as_ref()
                .is_err_and(|failure| failure.cause == Cause::Spent)
            {
                return invalid(session, renewal, answer, token, rejected).await;
            }
            settle(session, renewal, answer, Some(token), usable).await
        }
    }
}

/// Takes over what the store holds, if another process has renewed it or a user logged in anew.
async fn load(session: &Shared) -> Result<(), CredentialError> {
    let stored = session.store.load().await.map_err(|error| {
        CredentialError::new(format!("the token store cannot be read: {error}"))
    })?;
    let Some(stored) = stored else {
        if session.renews == Renews::ByRefreshToken {
            return Err(CredentialError::login_required(
                "there are no tokens in the store: the user has to log in",
            ));
        }
        return Ok(());
    };
    let held = session.held();
    if held.is_none_or(|held| !same_tokens(&held.tokens, &stored)) {
        let margin = session.registration().margin;
        let renew_at = stored
            .expires_at
            .map(|at| at.checked_sub(margin).unwrap_or(at));
        session.hold(current(stored, renew_at)?);
    }
    Ok(())
}

/// Asks the server: patiently where there is nothing else, once where the old token is still good.
async fn ask(session: &Shared, grant: Grant<'_>, usable: bool) -> Result<Tokens, Failure> {
    let registration = session.registration();
    let attempts = if usable {
        1
    } else {
        registration.retry.attempts
    };
    registration.ask(grant, attempts).await
}

/// Makes the best of an answer: new tokens are saved, and a passing failure is passed over while the
/// old token is good.
async fn settle(
    session: &Shared,
    renewal: &mut Renewal,
    answer: Result<Tokens, Failure>,
    old_refresh_token: Option<Secret>,
    usable: Option<Arc<Current>>,
) -> Outcome {
    match (answer, usable) {
        (Ok(mut tokens), _) => {
            tokens.refresh_token = tokens.refresh_token.or(old_refresh_token);
            let renew_at = renew_at(&tokens, session.now(), session.registration().margin);
            let refresh_token = tokens.refresh_token.clone();
            let (next, outcome) = match current(tokens, renew_at) {
                Ok(next) => (Some(next.clone()), Ok(Some(next))),
                // The old refresh token is spent, and this answer has the only one that is not.
                Err(error) => (with_refresh_token(session, refresh_token), Err(error)),
            };
            renewal.unsaved = next;
            save(session, renewal).await?;
            outcome
        }
        (Err(failure), Some(usable)) if failure.is_temporary() => {
            tracing::warn!(reason = %failure, "the access token could not be renewed yet");
            let later = session.now().checked_add(LEFT_ALONE);
            let until = later.into_iter().chain(usable.tokens.expires_at).min();
            Ok(Some(leave_alone(session, &usable, until)))
        }
        (Err(failure), _) => Err(failure.into_error()),
    }
}

/// The server takes the refresh token no more: another process may have used it a moment ago.
async fn invalid(
    session: &Shared,
    renewal: &mut Renewal,
    answer: Result<Tokens, Failure>,
    token: Secret,
    rejected: Option<&Authorization>,
) -> Outcome {
    load(session).await?;
    if let Some(current) = session.fresh(rejected) {
        return Ok(Some(current));
    }
    let outcome = settle(session, renewal, answer, None, None).await;
    if let Err(error) = &outcome {
        renewal.spent = Some((token, error.clone()));
    }
    outcome
}

/// Saves new tokens; only then are they used. What cannot be saved is held for the next time.
async fn save(session: &Shared, renewal: &mut Renewal) -> Result<(), CredentialError> {
    let Some(unsaved) = &renewal.unsaved else {
        return Ok(());
    };
    session.store.save(&unsaved.tokens).await.map_err(|error| {
        CredentialError::new(format!(
            "the token store cannot be written, so the new token is held back until it can: {error}"
        ))
    })?;
    if let Some(saved) = renewal.unsaved.take() {
        session.hold(saved);
        tracing::debug!("the access token was renewed");
    }
    Ok(())
}

/// The old access token beside a new refresh token, with which it is renewed at once.
fn with_refresh_token(session: &Shared, refresh_token: Option<Secret>) -> Option<Arc<Current>> {
    let held = session.held()?;
    let tokens = Tokens {
        refresh_token,
        ..held.tokens.clone()
    };
    Some(Arc::new(Current {
        tokens,
        authorization: held.authorization.clone(),
        renew_at: Some(session.now()),
    }))
}

/// Goes on with the old token until `until`.
fn leave_alone(session: &Shared, usable: &Current, until: Option<SystemTime>) -> Arc<Current> {
    let current = Arc::new(Current {
        tokens: usable.tokens.clone(),
        authorization: usable.authorization.clone(),
        renew_at: until,
    });
    session.hold(Arc::clone(&current));
    current
}

fn current(tokens: Tokens, renew_at: Option<SystemTime>) -> Result<Arc<Current>, CredentialError> {
    let authorization = Authorization::bearer(tokens.access_token.clone())
        .map_err(|error| CredentialError::new(format!("the access token {error}")))?;
    Ok(Arc::new(Current {
        tokens,
        authorization,
        renew_at,
    }))
}

/// A margin before the expiry, but not before half of the lifetime: a short-lived token would else be
/// renewed for every request.
fn renew_at(tokens: &Tokens, now: SystemTime, margin: Duration) -> Option<SystemTime> {
    let at = tokens.expires_at?;
    let lifetime = at.duration_since(now).unwrap_or_default();
    Some(at.checked_sub(margin.min(lifetime / 2)).unwrap_or(at))
}

fn same(one: &Secret, other: &Secret) -> bool {
    one.expose() == other.expose()
}

fn same_tokens(one: &Tokens, other: &Tokens) -> bool {
    let refresh = |tokens: &Tokens| {
        tokens
            .refresh_token
            .as_ref()
            .map(|token| token.expose().to_owned())
    };
    same(&one.access_token, &other.access_token) && refresh(one) == refresh(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_ahead_of_its_expiry_but_not_before_half_its_life() {
        let now = SystemTime::UNIX_EPOCH;
        let seconds = Duration::from_secs;
        let due = |lifetime, margin| {
            renew_at(
                &Tokens::new("t").with_expiry(now + seconds(lifetime)),
                now,
                seconds(margin),
            )
        };
        assert_eq!(due(3600, 60), Some(now + seconds(3540)));
        assert_eq!(due(30, 60), Some(now + seconds(15)));
        assert_eq!(due(0, 60), Some(now));
        assert_eq!(renew_at(&Tokens::new("t"), now, seconds(60)), None);
    }
}
