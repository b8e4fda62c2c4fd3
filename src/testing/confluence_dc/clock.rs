//! The server's clock: it moves on with every change, so that a test sees the same times on every run.

use chrono::{DateTime, Duration, FixedOffset};

/// How a server writes times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TimeStyle {
    /// `2024-10-09T11:51:59.233+11:00`
    #[default]
    Newer,
    /// `2014-10-27T11:57:01.915+1100`
    Older,
}

/// A clock that stands still between changes.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    ticks: i64,
    pub(super) style: TimeStyle,
}

/// 2026-01-05 09:00 in the zone of the server, which is one hour ahead of UTC.
const BEGINNING: i64 = 1_767_600_000_233;

impl Clock {
    pub(super) fn new() -> Self {
        Self {
            ticks: 0,
            style: TimeStyle::default(),
        }
    }

    /// The next moment: a second later than the one before.
    pub(super) fn tick(&mut self) -> Moment {
        self.ticks += 1;
        Moment(self.ticks)
    }

    /// The time of the last change.
    pub(super) fn now(&self) -> DateTime<FixedOffset> {
        self.time(Moment(self.ticks))
    }

    /// The time of a moment, in the zone of the server.
    pub(super) fn time(&self, moment: Moment) -> DateTime<FixedOffset> {
        let utc = DateTime::from_timestamp_millis(BEGINNING).unwrap_or_default();
        let time = (utc + Duration::seconds(moment.0)).fixed_offset();
        match FixedOffset::east_opt(3600) {
            Some(zone) => time.with_timezone(&zone),
            None => time,
        }
    }

    /// The day of a moment, in the zone of the server.
    pub(super) fn day(&self, moment: Moment) -> String {
        self.time(moment).format("%Y-%m-%d").to_string()
    }

    /// Writes a moment as the server does.
    pub(super) fn write(&self, moment: Moment) -> String {
        let format = match self.style {
            TimeStyle::Newer => "%Y-%m-%dT%H:%M:%S%.3f%:z",
            TimeStyle::Older => "%Y-%m-%dT%H:%M:%S%.3f%z",
        };
        self.time(moment).format(format).to_string()
    }
}

/// Reads a time in either of the forms that servers write.
pub(super) fn read(text: &str) -> Option<DateTime<FixedOffset>> {
    let newer = DateTime::parse_from_rfc3339(text);
    newer
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .ok()
}

/// A moment by the server's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Moment(i64);
