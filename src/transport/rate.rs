//! What servers say about waiting: `Retry-After`, and how much of a rate limit is left.

use std::time::{Duration, SystemTime};

use chrono::{NaiveDateTime, Utc};
use http::{HeaderMap, HeaderName};

static REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
static RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
static INTERVAL: HeaderName = HeaderName::from_static("x-ratelimit-interval-seconds");
static FILL: HeaderName = HeaderName::from_static("x-ratelimit-fillrate");

/// The wait that `Retry-After` asks for, as seconds or as a date; the longest where a proxy has added one
/// of its own. Zero is no wait: Data Center sends it with answers that were served.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let values = headers.get_all(http::header::RETRY_AFTER).iter();
    values
        .filter_map(|value| wait(value.to_str().ok()?.trim(), now))
        .max()
        .filter(|wait| !wait.is_zero())
}

fn wait(text: &str, now: SystemTime) -> Option<Duration> {
    match text.parse::<f64>() {
        // More seconds than a number holds are a very long wait, not none.
        _ if is_digits(text) => Some(text.parse().map_or(Duration::MAX, Duration::from_secs)),
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Err(_) => httpdate::parse_http_date(text)
            .ok()?
            .duration_since(now)
            .ok(),
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether nothing is left of the limit.
pub(crate) fn is_used_up(headers: &HeaderMap) -> bool {
    number(headers, &REMAINING).is_some_and(|left| left < 1.0)
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Option<f64> {
    let text = headers.get(name)?.to_str().ok()?;
    let number: f64 = text.trim().parse().ok()?;
    Some(number).filter(|number| number.is_finite())
}

/// How long to hold back before the server has to refuse: when nothing is left of the limit.
pub(crate) fn hold_back(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    if !is_used_up(headers) {
        return None;
    }
    if let Some(reset) = headers.get(&RESET) {
        return until(reset.to_str().ok()?.trim(), now);
    }
    // Data Center's bucket gets `fillrate` tokens in each interval: one token is enough to go on.
    let interval = number(headers, &INTERVAL)?;
    let fill = number(headers, &FILL)
        .filter(|fill| *fill >= 1.0)
        .unwrap_or(1.0);
    Duration::try_from_secs_f64(interval / fill)
        .ok()
        .filter(|wait| !wait.is_zero())
}

/// The time until a reset, which Cloud writes without seconds (`2026-03-02T10:15Z`) and others as
/// seconds since 1970.
fn until(text: &str, now: SystemTime) -> Option<Duration> {
    let time = match text.parse::<u64>() {
        Ok(seconds) => SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))?,
        Err(_) => {
            let short = NaiveDateTime::parse_from_str(text.trim_end_matches('Z'), "%Y-%m-%dT%H:%M");
            let time = match short {
                Ok(time) => time.and_utc(),
                Err(_) => crate::Timestamp::from(text).time()?.with_timezone(&Utc),
            };
            let milliseconds = u64::try_from(time.timestamp_millis()).ok()?;
            SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds))?
        }
    };
    time.duration_since(now).ok().filter(|wait| !wait.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs
            .iter()
            .filter_map(|(name, value)| Some((*name, value.parse().ok()?)));
        pairs
            .map(|(name, value)| (http::HeaderName::from_static(name), value))
            .collect()
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn retry_after_in_all_its_forms() {
        let wait = |text: &str| retry_after(&headers(&[("retry-after", text)]), at(784_111_777));
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        assert_eq!(wait("0"), None);
        assert_eq!(
            wait("Sun, 06 Nov 1994 08:49:40 GMT"),
            Some(Duration::from_secs(3))
        );
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:00 GMT"), None);
        assert_eq!(wait("0.25"), Some(Duration::from_millis(250)));
        assert_eq!(wait("99999999999999999999999"), Some(Duration::MAX));
        for nonsense in ["", "-1", "-0", "soon", "NaN", "inf", "1e400"] {
            assert_eq!(wait(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn the_longest_of_several_waits_counts() {
        let wait = |values: &[&str]| {
            let mut all = HeaderMap::new();
            for value in values.iter().filter_map(|value| value.parse().ok()) {
                all.append(http::header::RETRY_AFTER, value);
            }
            retry_after(&all, at(784_111_777))
        };
        assert_eq!(wait(&["2", "0", "9", "soon"]), Some(Duration::from_secs(9)));
        assert_eq!(
            wait(&["0", "Sun, 06 Nov 1994 08:49:40 GMT"]),
            Some(Duration::from_secs(3))
        );
        assert_eq!(wait(&["0", "0"]), None);
    }

    #[test]
    fn an_empty_bucket_holds_back() {
        let bucket = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-fillrate", "2"),
            ("x-ratelimit-interval-seconds", "10"),
        ];
        assert_eq!(
            hold_back(&headers(&bucket), at(0)),
            Some(Duration::from_secs(5))
        );
        let nonsense = [
            ("x-ratelimit-remaining", "NaN"),
            ("x-ratelimit-interval-seconds", "10"),
        ];
        assert_eq!(hold_back(&headers(&nonsense), at(0)), None);
        let left = [
            ("x-ratelimit-remaining", "1"),
            ("x-ratelimit-interval-seconds", "10"),
        ];
        assert_eq!(hold_back(&headers(&left), at(0)), None);
    }

    #[test]
    fn a_reset_without_seconds_is_understood() {
        // 2026-03-02T10:15Z
        let reset = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "2026-03-02T10:15Z"),
        ];
        assert_eq!(
            hold_back(&headers(&reset), at(1_772_446_500 - 30)),
            Some(Duration::from_secs(30))
        );
        assert_eq!(hold_back(&headers(&reset), at(1_772_446_501)), None);
    }
}
