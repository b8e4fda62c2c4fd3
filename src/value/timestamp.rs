//! A point in time in every form that the servers send.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, SecondsFormat, TimeZone, Utc};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time, kept as the server sent it and read when it is asked for.
///
/// Read are ISO 8601 with an offset (`2014-10-27T11:57:01.915+1100`,
/// `2024-10-09T11:51:59.233+11:00`, `…Z`), the same without an offset (taken as UTC), a date alone
/// (midnight UTC), and milliseconds since 1970 as a number or a string. A form that is none of
/// these does not fail the answer: [`time`](Self::time) is `None` then, and
/// [`as_sent`](Self::as_sent) still shows it.
///
/// ```
/// use spacewright::Timestamp;
///
/// let older = Timestamp::from("2014-10-27T11:57:01.915+1100");
/// let newer = Timestamp::from("2014-10-27T11:57:01.915+11:00");
/// assert_eq!(older.time(), newer.time());
/// ```
#[derive(Clone)]
pub struct Timestamp(Form);

/// The form in which a point in time came.
#[derive(Clone)]
enum Form {
    Text(String),
    Milliseconds(i64),
    /// It was made here and is yet to be written.
    Time(DateTime<FixedOffset>),
}

impl Timestamp {
    /// The point in time with the offset that the server gave; `None` where its form is unknown.
    #[must_use]
    pub fn time(&self) -> Option<DateTime<FixedOffset>> {
        match &self.0 {
            Form::Text(text) => parse(text),
            Form::Milliseconds(number) => from_milliseconds(*number),
            Form::Time(time) => Some(*time),
        }
    }

    /// The point in time in UTC; `None` where its form is unknown.
    #[must_use]
    pub fn utc(&self) -> Option<DateTime<Utc>> {
        self.time().map(|time| time.with_timezone(&Utc))
    }

    /// Milliseconds since 1970; `None` where its form is unknown.
    #[must_use]
    pub fn milliseconds(&self) -> Option<i64> {
        self.time().map(|time| time.timestamp_millis())
    }

    /// What the server sent.
    #[must_use]
    pub fn as_sent(&self) -> String {
        self.to_string()
    }
}

fn from_milliseconds(number: i64) -> Option<DateTime<FixedOffset>> {
    let time = Utc.timestamp_millis_opt(number).single()?;
    Some(time.fixed_offset())
}

fn parse(text: &str) -> Option<DateTime<FixedOffset>> {
    let text = text.trim();
    let offset = || DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z").ok();
    let local = || {
        let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
        Some(time.and_utc().fixed_offset())
    };
    let date = || {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        Some(date.and_hms_opt(0, 0, 0)?.and_utc().fixed_offset())
    };
    let number = || from_milliseconds(text.parse().ok()?);
    let standard = DateTime::parse_from_rfc3339(text).ok();
    standard
        .or_else(offset)
        .or_else(local)
        .or_else(date)
        .or_else(number)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Text(text) => f.write_str(text),
            Form::Milliseconds(number) => number.fmt(f),
            Form::Time(time) => f.write_str(&written(time)),
        }
    }
}

/// A time as the servers write it.
fn written(time: &DateTime<FixedOffset>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({self})")
    }
}

/// Two timestamps are equal when they mean the same instant, in whichever form.
impl PartialEq for Timestamp {
    fn eq(&self, other: &Self) -> bool {
        match (self.time(), other.time()) {
            (Some(own), Some(others)) => own == others,
            (None, None) => self.as_sent() == other.as_sent(),
            _ => false,
        }
    }
}

impl From<&str> for Timestamp {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<String> for Timestamp {
    fn from(text: String) -> Self {
        Self(Form::Text(text))
    }
}

impl FromStr for Timestamp {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::from(text))
    }
}

impl<Z: TimeZone> From<DateTime<Z>> for Timestamp {
    fn from(time: DateTime<Z>) -> Self {
        Self(Form::Time(time.fixed_offset()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Form::Text(text) => serializer.serialize_str(text),
            Form::Milliseconds(number) => serializer.serialize_i64(*number),
            Form::Time(time) => serializer.serialize_str(&written(time)),
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TimestampVisitor)
    }
}

struct TimestampVisitor;

impl Visitor<'_> for TimestampVisitor {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time as a string or as milliseconds since 1970")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
        Ok(Timestamp::from(text))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Timestamp, E> {
        Ok(Timestamp(Form::Milliseconds(number)))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Timestamp, E> {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        Ok(Timestamp(Form::Milliseconds(number)))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Timestamp, E> {
        // A cast saturates; a fraction of a millisecond means nothing to the servers.
        #[allow(clippy::cast_possible_truncation)]
        Ok(Timestamp(Form::Milliseconds(number as i64)))
    }
}
