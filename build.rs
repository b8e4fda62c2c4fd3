//! Turns the descriptions under `spec/` into types, handles and request structs.
//!
//! Only the services whose feature is on are read; everything is written to `OUT_DIR`, and
//! nothing outside the package is touched. The work is done in `build/`.

#[path = "build/mod.rs"]
#[allow(unreachable_pub)] // the tests of the build script include it as well
mod build;

fn main() {
    if let Err(problems) = build::run() {
        for problem in &problems {
            println!("cargo::error={problem}");
        }
        std::process::exit(1);
    }
}
