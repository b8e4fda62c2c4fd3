//! What the examples share: where to go, and as whom, from arguments and environment.

// Each example uses a part of it.
#![allow(dead_code)]

use spacewright::Auth;

pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// The value after `--name` on the command line.
pub fn argument(name: &str) -> Option<String> {
    let flag = format!("--{name}");
    std::env::args().skip_while(|argument| *argument != flag).nth(1)
}

/// Whether `--name` is on the command line.
pub fn flag(name: &str) -> bool {
    let flag = format!("--{name}");
    std::env::args().any(|argument| argument == flag)
}

/// What follows the flags in `with_value` and the flags without one.
pub fn rest(with_value: &[&str]) -> Vec<String> {
    let mut rest = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.strip_prefix("--") {
            Some(name) if with_value.contains(&name) => {
                arguments.next();
            }
            Some(_) => {}
            None => rest.push(argument),
        }
    }
    rest
}

/// The variable's value, or a sentence that says what is missing.
pub fn variable(name: &str) -> Outcome<String> {
    std::env::var(name).map_err(|_| format!("set {name} to reach a real server").into())
}

/// A personal access token or another bearer token from `SPACEWRIGHT_TOKEN`.
pub fn bearer() -> Outcome<Auth> {
    variable("SPACEWRIGHT_TOKEN").map(Auth::bearer)
}
