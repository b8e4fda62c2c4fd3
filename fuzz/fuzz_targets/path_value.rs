//! Path values of the caller.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &str| spacewright::fuzzing::path_value(input));
