//! The names that servers give files.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| spacewright::fuzzing::file_name(input));
