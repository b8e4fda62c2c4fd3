//! Successes of every service: status, headers and body.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| spacewright::fuzzing::answer(input));
