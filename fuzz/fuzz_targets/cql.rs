//! Values in search conditions.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &str| spacewright::fuzzing::cql(input));
