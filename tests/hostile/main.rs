//! A hostile network and a careless caller: every row of the table ends in the right error.
#![cfg(all(feature = "testing", feature = "confluence-dc"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub
)]

mod clock;
#[cfg(feature = "gzip")]
mod gzip;
mod hidden;
mod input;
mod origin;
mod row;
mod server;
mod table;

/// Plays each row on a runtime of its own; time stands still where a server stalls.
#[test]
fn every_row_of_the_table_holds() {
    let table = table::table();
    let count = table.len();
    let mut findings = Vec::new();
    for row in table {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().start_paused(row.stalls());
        let runtime = builder.build().unwrap();
        findings.extend(runtime.block_on(row.play()));
    }
    println!("{count} rows");
    assert!(count >= 60, "the table has {count} rows only");
    assert!(
        findings.is_empty(),
        "{} of {count} rows fail:\n{}",
        findings.len(),
        findings.join("\n")
    );
}
