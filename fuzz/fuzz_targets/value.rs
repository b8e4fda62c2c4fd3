//! Values of every kind of type that bodies are made of.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| spacewright::fuzzing::value(input));
