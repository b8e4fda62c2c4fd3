//! The places in broken JSON that messages name.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| spacewright::fuzzing::place(input));
