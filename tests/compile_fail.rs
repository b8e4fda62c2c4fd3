//! Mistakes that do not compile.
#![cfg(all(feature = "confluence-dc", feature = "confluence-cloud"))]

#[test]
fn mistakes_do_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
