//! `Link` headers and links in bodies.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &str| spacewright::fuzzing::links(input));
