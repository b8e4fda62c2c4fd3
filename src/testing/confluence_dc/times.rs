//! Times in a query: what a text names, and where another time lies to it.

use std::ops::Range;

use chrono::{DateTime, Duration, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};

use super::cql::Operator;

/// The minute or the day that a text names.
pub(super) fn span(text: &str) -> Option<Range<NaiveDateTime>> {
    let text = text.replace('/', "-");
    let day = NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok();
    let (start, length) = match day {
        Some(day) => (day.and_time(NaiveTime::MIN), Duration::days(1)),
        None => (
            NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M").ok()?,
            Duration::minutes(1),
        ),
    };
    Some(start..start.checked_add_signed(length)?)
}

/// A shift such as `-4w`; without a unit it is days.
pub(super) fn shift(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let number: i64 = digits.parse().ok()?;
    match text.get(digits.len()..)? {
        "m" => Duration::try_minutes(number),
        "h" => Duration::try_hours(number),
        "" | "d" => Duration::try_days(number),
        "w" => Duration::try_weeks(number),
        "M" => Duration::try_days(number.checked_mul(30)?),
        "y" => Duration::try_days(number.checked_mul(365)?),
        _ => None,
    }
}

/// Whether a time is where the operator wants it: before, in or after what is meant.
pub(super) fn within(
    operator: Operator,
    time: DateTime<FixedOffset>,
    meant: &Range<NaiveDateTime>,
) -> bool {
    let time = time.naive_local();
    let (before, after) = (time < meant.start, time >= meant.end && time != meant.start);
    match operator {
        Operator::Above => after,
        Operator::AtLeast => !before,
        Operator::Below => before,
        Operator::AtMost => !after,
        _ => !before && !after,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_all_of_its_minutes() {
        let zone = FixedOffset::east_opt(3600);
        let time = zone.and_then(|zone| {
            let day = NaiveDate::from_ymd_opt(2026, 1, 5)?.and_hms_opt(9, 0, 3)?;
            day.and_local_timezone(zone).single()
        });
        let holds = |operator, text| {
            time.zip(span(text))
                .is_some_and(|(time, meant)| within(operator, time, &meant))
        };
        assert!(holds(Operator::Equals, "2026-01-05"));
        assert!(holds(Operator::Equals, "2026/01/05 09:00"));
        assert!(!holds(Operator::Above, "2026-01-05") && holds(Operator::AtLeast, "2026-01-05"));
        assert!(holds(Operator::Above, "2026-01-04") && holds(Operator::Below, "2026-01-06"));
        assert!(span("yesterday").is_none() && span("2026-13-01").is_none());
        assert_eq!(shift("-4w"), Some(Duration::weeks(-4)));
        assert_eq!((shift("w"), shift("9223372036854775807y")), (None, None));
    }
}
