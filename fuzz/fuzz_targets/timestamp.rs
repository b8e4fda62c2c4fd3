//! Times in all forms.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &str| spacewright::fuzzing::timestamp(input));
