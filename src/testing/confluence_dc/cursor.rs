//! Cursors of the form `content:false:393229`: opaque for a client, a position for the server.

use super::problem::Problem;

/// Positions do not begin at 0 in a cursor, so that nobody takes it for an offset.
const OFFSET: usize = 393_216;

/// The cursor of a position; `backwards` for the page before it.
pub(super) fn write(position: usize, backwards: bool) -> String {
    format!("content:{backwards}:{}", position.saturating_add(OFFSET))
}

/// The position of a cursor.
pub(super) fn position(cursor: &str) -> Result<usize, Problem> {
    let mut parts = cursor.split(':');
    match (
        parts.next(),
        parts.next(),
        parts.next().and_then(|number| number.parse::<usize>().ok()),
    ) {
        (Some("content"), Some("true" | "false"), Some(number)) => {
            Ok(number.saturating_sub(OFFSET))
        }
        _ => Err(Problem::bad_request(format!("Invalid cursor: {cursor}"))),
    }
}
