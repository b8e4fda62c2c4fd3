//! What a webhook is sent: its signature and its body.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| spacewright::fuzzing::webhook(input));
