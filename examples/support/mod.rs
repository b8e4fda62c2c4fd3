//! What the examples share: where to go, and as whom, from arguments and environment.

// Each example uses a part of it.
#![allow(dead_code)]

use spacewright::Auth;

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Ends the example: an error is told in words.
pub(crate) fn exit(outcome: Outcome) -> std::process::ExitCode {
    match outcome {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}

/// The value after `--name` on the command line.
pub(crate) fn argument(name: &str) -> Option<String> {
    let flag = format!("--{name}");
    std::env::args()
        .skip_while(|argument| *argument != flag)
        .nth(1)
}

/// Whether `--name` is on the command line.
pub(crate) fn flag(name: &str) -> bool {
    let flag = format!("--{name}");
    std::env::args().any(|argument| argument == flag)
}

/// What follows the flags in `with_value` and the flags without one.
pub(crate) fn rest(with_value: &[&str]) -> Vec<String> {
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
pub(crate) fn variable(name: &str) -> Outcome<String> {
    std::env::var(name).map_err(|_| format!("set {name} to reach a real server").into())
}

/// A personal access token or another bearer token from `SPACEWRIGHT_TOKEN`.
pub(crate) fn bearer() -> Outcome<Auth> {
    variable("SPACEWRIGHT_TOKEN").map(Auth::bearer)
}
