//! Secrets in texts that a server repeats.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &str| spacewright::fuzzing::scrubbing(input));
