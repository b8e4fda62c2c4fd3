//! What all clones of a client share.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use crate::Secret;
use crate::auth::Prepared;
use crate::error::ApiError;
use crate::transport::base::Base;
use crate::transport::clock::Clock;
use crate::transport::limits::Limits;
use crate::transport::rate;
use crate::transport::retry::{Budget, Retry};
use crate::transport::scrub::Forms;

/// What the shared layer knows of a service.
pub(crate) struct ServiceInfo {
    /// The service's name in messages.
    pub(crate) name: &'static str,
    /// Reads the service's own error body; `None` where it is none.
    pub(crate) read_error: fn(&serde_json::Value) -> Option<ApiError>,
}

/// What was set when the client was built.
pub(crate) struct Settings {
    pub(crate) base: Base,
    pub(crate) retry: Retry,
    pub(crate) limits: Limits,
}

/// The part of a client that its clones and requests share.
#[derive(Clone)]
pub(crate) struct Core(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) service: &'static ServiceInfo,
    pub(crate) settings: Settings,
    pub(crate) http: reqwest::Client,
    pub(crate) auth: Prepared,
    /// What must be shown nowhere, whatever a server repeats.
    pub(crate) hidden: Forms,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) budget: Budget,
    pub(crate) slots: Arc<Semaphore>,
    /// Until when nothing is sent, because the server's limit is used up.
    hold_until: Mutex<Option<Instant>>,
}

impl Core {
    pub(crate) fn new(
        service: &'static ServiceInfo,
        settings: Settings,
        http: reqwest::Client,
        (auth, hidden): (Prepared, Vec<Secret>),
        clock: Arc<dyn Clock>,
        budget: u32,
    ) -> Self {
        let slots = settings.limits.concurrency.clamp(1, Semaphore::MAX_PERMITS);
        Self(Arc::new(Shared {
            service,
            settings,
            http,
            auth,
            hidden: Forms::of(&hidden),
            clock,
            budget: Budget::new(budget),
            slots: Arc::new(Semaphore::new(slots)),
            hold_until: Mutex::new(None),
        }))
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn base(&self) -> &Base {
        &self.0.settings.base
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    /// Holds the client back where an answer says that nothing is left of the server's rate limit.
    pub(crate) fn heed(&self, headers: &http::HeaderMap) {
        if !rate::is_used_up(headers) {
            return;
        }
        let longest = self.settings().limits.hold_back;
        if let Some(wait) =
            rate::hold_back(headers, self.clock().wall()).filter(|wait| *wait <= longest)
        {
            self.hold(wait);
        }
    }

    /// Holds every request of the client back for `wait`.
    pub(crate) fn hold(&self, wait: Duration) {
        let Some(until) = self.clock().now().checked_add(wait) else {
            return;
        };
        let mut hold = self
            .0
            .hold_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *hold = Some(hold.map_or(until, |earlier| earlier.max(until)));
    }

    /// How long requests are still to be held back.
    pub(crate) fn held(&self) -> Option<Duration> {
        let hold = *self
            .0
            .hold_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        hold?
            .checked_duration_since(self.clock().now())
            .filter(|wait| !wait.is_zero())
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.0.service.name, self.base().origin())
    }
}
