//! `Retry-After` and the headers of rate limits.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &str| spacewright::fuzzing::waits(input));
