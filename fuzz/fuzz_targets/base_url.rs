//! Base URLs of the caller.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &str| spacewright::fuzzing::base_url(input));
