//! How a client is built, the same for every service.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::auth::Auth;
use crate::error::Error;
use crate::transport::base::Base;
use crate::transport::clock::{Clock, TokioClock};
use crate::transport::core::{Core, ServiceInfo, Settings};
use crate::transport::http_client::{self, Customise};
use crate::transport::limits::Limits;
use crate::transport::retry::{DEFAULT_BUDGET, Retry};

/// A service's client, as its builder sees it.
pub trait ServiceClient: sealed::FromCore {}

pub(crate) mod sealed {
    use super::{Core, ServiceInfo};

    #[allow(unnameable_types)] // sealed: only this crate's clients are built
    pub trait FromCore: Sized {
        #[allow(private_interfaces)]
        const SERVICE: &'static ServiceInfo;
        #[allow(private_interfaces)]
        fn from_core(core: Core) -> Self;
    }
}

/// Builds a client.
///
/// ```
/// # #[cfg(feature = "confluence-dc")]
/// # fn main() -> Result<(), spacewright::Error> {
/// use spacewright::{Auth, Limits, Retry, confluence_dc::Client};
/// use std::time::Duration;
///
/// let wiki = Client::builder("https://wiki.example.com/confluence")
///     .auth(Auth::personal_access_token("…"))
///     .retry(Retry::default().attempts(5))
///     .limits(Limits::default().attempt(Duration::from_secs(90)))
///     .build()?;
/// # let _ = wiki; Ok(()) }
/// # #[cfg(not(feature = "confluence-dc"))] fn main() {}
/// ```
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder<C> {
    url: String,
    auth: Auth,
    retry: Retry,
    retry_budget: u32,
    limits: Limits,
    plain_hosts: Vec<String>,
    user_agent: String,
    customise: Option<Customise>,
    clock: Arc<dyn Clock>,
    client: PhantomData<fn() -> C>,
}

impl<C: ServiceClient> ClientBuilder<C> {
    pub(crate) fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            auth: Auth::anonymous(),
            retry: Retry::default(),
            retry_budget: DEFAULT_BUDGET,
            limits: Limits::default(),
            plain_hosts: Vec::new(),
            user_agent: http_client::USER_AGENT.to_owned(),
            customise: None,
            clock: Arc::new(TokioClock),
            client: PhantomData,
        }
    }

    /// Who the caller is; nobody where it is not called.
    pub fn auth(mut self, auth: Auth) -> Self {
        self.auth = auth;
        self
    }

    /// How requests are tried again.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// The tokens of the retry budget that all clones of the client share: 500, of which a retry takes
    /// 5 and every success gives one back. Zero allows no retries.
    pub fn retry_budget(mut self, tokens: u32) -> Self {
        self.retry_budget = tokens;
        self
    }

    /// Limits of time, size and number.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Allows plain `http` for this host, which would otherwise be refused unless it is this machine
    /// (an address such as `127.0.0.1`, or a name such as `localhost` or `wiki.localhost`, for which no
    /// resolver is asked): whoever sits on the way sees the credential.
    pub fn allow_http(mut self, host: impl Into<String>) -> Self {
        self.plain_hosts.push(host.into());
        self
    }

    /// What the client calls itself, instead of `spacewright/<version>`.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// Sets whatever reqwest's own builder offers: root and client certificates, proxies, the
    /// connection pool, HTTP/2, DNS. Redirects, the `Referer` header and the logging of whole connections
    /// stay off: they are set after. Default headers and a retry policy set here apply to every request
    /// that is sent, also to those for a file that is kept elsewhere: leave them to this crate's own settings.
    pub fn http(
        mut self,
        customise: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + 'static,
    ) -> Self {
        self.customise = Some(Box::new(customise));
        self
    }

    /// The clock by which the client waits, for tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Builds the client. Nothing is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) when the URL, the credential or a
    /// setting of reqwest's cannot be used.
    pub fn build(self) -> Result<C, Error> {
        let base = Base::new(&self.url, &self.plain_hosts)?;
        let prepared = self.auth.prepare()?;
        let connect = self.limits.connect;
        let http = http_client::build(&[base.url()], connect, &self.user_agent, self.customise)?;
        let settings = Settings {
            base,
            retry: self.retry,
            limits: self.limits,
        };
        let core = Core::new(
            C::SERVICE,
            settings,
            http,
            prepared,
            self.clock,
            self.retry_budget,
        );
        Ok(C::from_core(core))
    }
}

impl<C> std::fmt::Debug for ClientBuilder<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL may hold a password that `build` will refuse: it is not shown.
        f.debug_struct("ClientBuilder")
            .field("auth", &self.auth)
            .field("retry", &self.retry)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Writes the client of a service.
macro_rules! service_client {
    ($(#[doc = $doc:expr])* $name:literal, $read_error:path) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug)]
        pub struct Client {
            core: crate::transport::Core,
        }

        impl Client {
            /// Begins a client for the service at `url`, with the context path that it lives under.
            pub fn builder(url: impl Into<String>) -> crate::ClientBuilder<Self> {
                crate::ClientBuilder::new(url)
            }

            /// The id, method and path template of every operation that the client knows.
            pub fn operations() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
                operations::ALL.iter().map(|o| (o.id, o.method.as_str(), o.path))
            }
        }

        impl crate::client::ServiceClient for Client {}

        impl crate::client::sealed::FromCore for Client {
            #[allow(private_interfaces)]
            const SERVICE: &'static crate::transport::core::ServiceInfo =
                &crate::transport::core::ServiceInfo { name: $name, read_error: $read_error };

            #[allow(private_interfaces)]
            fn from_core(core: crate::transport::Core) -> Self {
                Self { core }
            }
        }
    };
}

pub(crate) use service_client;
