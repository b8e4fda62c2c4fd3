//! Where redirects lead, and the ids of what was created.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &str| spacewright::fuzzing::location(input));
