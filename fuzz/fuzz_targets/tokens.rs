//! Answers of a token endpoint.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| spacewright::fuzzing::tokens(input));
