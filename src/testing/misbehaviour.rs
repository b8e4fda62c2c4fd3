//! The misbehaviours that can be switched on, and the rules that say when they apply.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::pages::PageBehaviour;

/// Something that goes wrong on purpose, and when.
///
/// A misbehaviour applies to every request, until the setters narrow it: to a path, to a method, to
/// the next one or several, after some that go well, or by chance from a seed.
///
/// ```
/// use spacewright::testing::Misbehaviour;
///
/// // The next three requests below /rest/api/space find the server overloaded.
/// let burst = Misbehaviour::status(503).on("/rest/api/space/**").times(3);
/// // One request in ten loses its connection, the same ones on every run.
/// let flaky = Misbehaviour::reset().by_chance(0.1, 42);
/// # let _ = (burst, flaky);
/// ```
#[derive(Debug, Clone)]
#[must_use = "a misbehaviour does nothing until a server is told to show it"]
pub struct Misbehaviour {
    kind: Kind,
    headers: Vec<(String, String)>,
    path: Option<String>,
    method: Option<String>,
    after: u64,
    times: Option<u64>,
    chance: Option<(f64, u64)>,
}

/// What goes wrong.
#[derive(Debug, Clone)]
enum Kind {
    Instead(Instead),
    Damage(Damage),
    Delay(Duration),
    Announce(u64),
    Headers,
    Paging(PageBehaviour),
}

/// What comes instead of the answer; the request is not carried out.
#[derive(Debug, Clone)]
pub(crate) enum Instead {
    Status(u16),
    RateLimited { retry_after: u64 },
    LoginPage(u16),
    Redirect { status: u16, location: String },
    Stall,
    Reset,
}

/// What becomes of the answer to a request that was carried out.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Damage {
    /// The connection breaks before the answer's first byte.
    Lost,
    /// The connection closes after so many bytes of the body.
    Truncated(usize),
    /// The content-length is wrong by so much.
    WrongLength(i64),
    /// The body ends in the middle, with a content-length that fits.
    BrokenJson,
}

impl Misbehaviour {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            headers: Vec::new(),
            path: None,
            method: None,
            after: 0,
            times: None,
            chance: None,
        }
    }

    fn instead(instead: Instead) -> Self {
        Self::new(Kind::Instead(instead))
    }

    fn damage(damage: Damage) -> Self {
        Self::new(Kind::Damage(damage))
    }

    /// An error of this status with a body of the service's shape; the request is not carried out.
    pub fn status(status: u16) -> Self {
        Self::instead(Instead::Status(status))
    }

    /// 429 with the service's own rate-limit headers, asking to wait for so many seconds.
    pub fn rate_limited(retry_after: u64) -> Self {
        Self::instead(Instead::RateLimited { retry_after })
    }

    /// Answers that are served carry the service's rate-limit headers too, with so many requests left.
    pub fn announce_rate_limit(remaining: u64) -> Self {
        Self::new(Kind::Announce(remaining))
    }

    /// Answers that are served carry more headers, those of [`with_header`](Self::with_header).
    ///
    /// ```
    /// use spacewright::testing::Misbehaviour;
    ///
    /// let warning = Misbehaviour::extra_headers().with_header("Deprecation", "true");
    /// # let _ = warning;
    /// ```
    pub fn extra_headers() -> Self {
        Self::new(Kind::Headers)
    }

    /// 401, as for a token that has expired.
    pub fn expired_token() -> Self {
        Self::status(401)
    }

    /// An HTML page to log in on, as a proxy or an expired session sends it: with 200, 401, 403 or 503.
    pub fn login_page(status: u16) -> Self {
        Self::instead(Instead::LoginPage(status))
    }

    /// A redirect (301, 302, 303, 307, 308) to the address given.
    pub fn redirect(status: u16, location: impl Into<String>) -> Self {
        Self::instead(Instead::Redirect {
            status,
            location: location.into(),
        })
    }

    /// Answers come later by this much.
    pub fn latency(delay: Duration) -> Self {
        Self::new(Kind::Delay(delay))
    }

    /// The request is taken and never answered: the connection stays open until the client gives up.
    pub fn stall() -> Self {
        Self::instead(Instead::Stall)
    }

    /// The connection is reset; the request is not carried out.
    pub fn reset() -> Self {
        Self::instead(Instead::Reset)
    }

    /// The request is carried out, and the connection is reset before the answer: what makes sending
    /// again dangerous.
    pub fn lost_answer() -> Self {
        Self::damage(Damage::Lost)
    }

    /// The connection closes after so many bytes of the body, fewer than the answer promised.
    pub fn truncated(bytes: usize) -> Self {
        Self::damage(Damage::Truncated(bytes))
    }

    /// The `content-length` is wrong by this much (more or fewer bytes than are sent).
    pub fn wrong_content_length(difference: i64) -> Self {
        Self::damage(Damage::WrongLength(difference))
    }

    /// The body is cut in the middle and yet complete for HTTP: JSON that does not parse.
    pub fn broken_json() -> Self {
        Self::damage(Damage::BrokenJson)
    }

    /// Lists are cut into pages wrongly. It counts as shown only where a list is cut.
    pub fn paging(behaviour: PageBehaviour) -> Self {
        Self::new(Kind::Paging(behaviour))
    }

    /// Only requests to this path, without the context path of the server. `*` stands for any one
    /// segment, and `/**` at the end for the path itself and all below it.
    pub fn on(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Only requests with this method.
    pub fn for_method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Only once.
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Only so many times.
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Not for the first requests, so many of those it would apply to.
    pub fn after(mut self, requests: u64) -> Self {
        self.after = requests;
        self
    }

    /// Only by chance (0.0 never, 1.0 always), the same requests on every run with the same seed.
    pub fn by_chance(mut self, probability: f64, seed: u64) -> Self {
        self.chance = Some((probability, seed));
        self
    }

    /// Adds a header to the answer, such as `Retry-After` to a 503. A misbehaviour of pages has none.
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    fn concerns(&self, method: &str, path: &str) -> bool {
        self.method
            .as_deref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self
                .path
                .as_deref()
                .is_none_or(|pattern| matches_path(pattern, path))
    }
}

/// What goes wrong and where, as a message names it: `reset for GET on /rest/api/space`.
impl fmt::Display for Misbehaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Instead(instead) => write!(f, "{instead:?}")?,
            Kind::Damage(damage) => write!(f, "{damage:?}")?,
            Kind::Delay(delay) => write!(f, "latency of {delay:?}")?,
            Kind::Announce(remaining) => write!(f, "{remaining} requests announced as left")?,
            Kind::Headers => f.write_str("extra headers")?,
            Kind::Paging(behaviour) => write!(f, "paging {behaviour:?}")?,
        }
        if let Some(method) = &self.method {
            write!(f, " for {method}")?;
        }
        if let Some(path) = &self.path {
            write!(f, " on {path}")?;
        }
        if self.after > 0 {
            write!(f, " after {} that go well", self.after)?;
        }
        if let Some((probability, seed)) = self.chance {
            write!(f, " by chance ({probability}, seed {seed})")?;
        }
        Ok(())
    }
}

/// What the rules have decided for one request.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    pub(crate) delay: Duration,
    pub(crate) instead: Option<Instead>,
    pub(crate) damage: Option<Damage>,
    pub(crate) remaining: Option<u64>,
    pub(crate) headers: Vec<(String, String)>,
}

/// The misbehaviours in force on one server.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    rules: Vec<Rule>,
    context: String,
}

/// A misbehaviour, and how often it was due and shown.
#[derive(Debug)]
struct Rule {
    misbehaviour: Misbehaviour,
    due: u64,
    shown: u64,
    random: fastrand::Rng,
}

impl Rule {
    /// Whether it shows itself now; counts.
    fn strike(&mut self) -> bool {
        if self
            .misbehaviour
            .times
            .is_some_and(|times| self.shown >= times)
        {
            return false;
        }
        self.due += 1;
        let lucky = match self.misbehaviour.chance {
            Some((probability, _)) => self.random.f64() >= probability,
            None => false,
        };
        if lucky || self.due <= self.misbehaviour.after {
            return false;
        }
        self.shown += 1;
        true
    }
}

impl Rules {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_context_path(&self, context: &str) {
        context.clone_into(&mut self.lock().context);
    }

    pub(crate) fn add(&self, misbehaviour: Misbehaviour) {
        let seed = misbehaviour.chance.map_or(0, |(_, seed)| seed);
        let random = fastrand::Rng::with_seed(seed);
        self.lock().rules.push(Rule {
            misbehaviour,
            due: 0,
            shown: 0,
            random,
        });
    }

    pub(crate) fn clear(&self) {
        self.lock().rules.clear();
    }

    /// The misbehaviours that no request has met.
    pub(crate) fn never_shown(&self) -> Vec<Misbehaviour> {
        let inner = self.lock();
        let idle = inner.rules.iter().filter(|rule| rule.shown == 0);
        idle.map(|rule| rule.misbehaviour.clone()).collect()
    }

    /// Takes what concerns the way of one request and its answer.
    pub(crate) fn effects(&self, method: &str, path: &str) -> Effects {
        let mut inner = self.lock();
        let Inner { rules, context } = &mut *inner;
        let path = without_context(path, context);
        let mut effects = Effects::default();
        for rule in rules
            .iter_mut()
            .filter(|rule| rule.misbehaviour.concerns(method, path))
        {
            effects.take(rule);
        }
        effects
    }

    /// Takes what concerns the pages of a list.
    pub(crate) fn paging(&self, method: &str, path: &str) -> Vec<PageBehaviour> {
        let mut inner = self.lock();
        let Inner { rules, context } = &mut *inner;
        let path = without_context(path, context);
        let concerned = rules
            .iter_mut()
            .filter(|rule| rule.misbehaviour.concerns(method, path));
        concerned
            .filter_map(|rule| match &rule.misbehaviour.kind {
                Kind::Paging(behaviour) => {
                    let behaviour = behaviour.clone();
                    rule.strike().then_some(behaviour)
                }
                _ => None,
            })
            .collect()
    }
}

impl Effects {
    /// Adds a rule's effect, unless one of its kind was taken before.
    fn take(&mut self, rule: &mut Rule) {
        let kind = rule.misbehaviour.kind.clone();
        let settled = match &kind {
            Kind::Paging(_) => true,
            Kind::Instead(_) | Kind::Damage(_) => self.instead.is_some() || self.damage.is_some(),
            Kind::Delay(_) | Kind::Announce(_) | Kind::Headers => false,
        };
        if settled || !rule.strike() {
            return;
        }
        self.headers
            .extend(rule.misbehaviour.headers.iter().cloned());
        match kind {
            Kind::Instead(instead) => self.instead = Some(instead),
            Kind::Damage(damage) => self.damage = Some(damage),
            Kind::Delay(delay) => self.delay += delay,
            Kind::Announce(remaining) => self.remaining = Some(remaining),
            Kind::Headers | Kind::Paging(_) => {}
        }
    }
}

/// The path as a rule names it: without the context path of the server.
pub(crate) fn without_context<'a>(path: &'a str, context: &str) -> &'a str {
    match path.strip_prefix(context) {
        Some(rest) if rest.starts_with('/') => rest,
        _ => path,
    }
}

/// Whether a path fits a pattern with `*` for a segment and a last `**` for all below.
pub(crate) fn matches_path(pattern: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    let mut wanted = pattern.split('/').peekable();
    while let Some(want) = wanted.next() {
        if want == "**" && wanted.peek().is_none() {
            return true;
        }
        match segments.next() {
            Some(segment) if want == "*" || want == segment => {}
            _ => return false,
        }
    }
    segments.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_segments() {
        assert!(matches_path("/rest/api/space", "/rest/api/space"));
        assert!(!matches_path("/rest/api/space", "/rest/api/space/TEST"));
        assert!(matches_path("/rest/api/space/*", "/rest/api/space/TEST"));
        assert!(matches_path(
            "/rest/api/space/**",
            "/rest/api/space/TEST/content"
        ));
        assert!(matches_path("/rest/api/space/**", "/rest/api/space"));
        assert!(!matches_path("/rest/api/space/**", "/rest/api/spaces"));
    }

    #[test]
    fn a_rule_counts_what_it_shows() {
        let rules = Rules::default();
        rules.add(Misbehaviour::status(500).after(1).times(2));
        let shown: Vec<bool> = (0..5)
            .map(|_| rules.effects("GET", "/a").instead.is_some())
            .collect();
        assert_eq!(shown, [false, true, true, false, false]);
    }

    #[test]
    fn chance_is_the_same_on_every_run() {
        let run = || {
            let rules = Rules::default();
            rules.add(Misbehaviour::reset().by_chance(0.5, 7));
            (0..40)
                .map(|_| rules.effects("GET", "/").instead.is_some())
                .collect::<Vec<_>>()
        };
        let first = run();
        assert_eq!(first, run());
        assert!(first.contains(&true) && first.contains(&false));
    }
}
