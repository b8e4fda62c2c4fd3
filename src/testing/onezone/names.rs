//! The server's rules for names, passwords and addresses.

use super::failure::{Failure, bad};

/// The name of a space, a group or a token.
pub(super) fn check_name(name: &str) -> Result<(), Failure> {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "_()".contains(c));
    let inside = |c: char| c.is_alphanumeric() || "_()-. ".contains(c);
    let fits = (2..=128).contains(&name.chars().count());
    if fits
        && name.chars().all(inside)
        && edge(name.chars().next())
        && edge(name.chars().next_back())
    {
        return Ok(());
    }
    Err(bad(
        "badValueName",
        "a name has 2 to 128 letters, digits, spaces and _-.(), and begins and ends with a letter, a digit, \
         an underscore or a bracket",
    ))
}

/// The full name of a user.
pub(super) fn check_full_name(name: &str) -> Result<(), Failure> {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "'\"".contains(c));
    let inside = |c: char| c.is_alphanumeric() || "-'\". ".contains(c);
    let fits = (2..=128).contains(&name.chars().count());
    if fits
        && name.chars().all(inside)
        && edge(name.chars().next())
        && edge(name.chars().next_back())
    {
        return Ok(());
    }
    Err(bad(
        "badValueFullName",
        "a full name has 2 to 128 letters, digits, spaces, hyphens and quotation marks",
    ))
}

/// The name to sign in with.
pub(super) fn check_username(name: &str) -> Result<(), Failure> {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let inside = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let fits = (2..=32).contains(&name.len());
    if fits
        && name.chars().all(inside)
        && edge(name.chars().next())
        && edge(name.chars().next_back())
    {
        return Ok(());
    }
    Err(bad(
        "badValueUsername",
        "a username has 2 to 32 letters and digits, and -_. inside",
    ))
}

pub(super) fn check_password(password: &str) -> Result<(), Failure> {
    if password.chars().count() >= 8 {
        return Ok(());
    }
    Err(bad(
        "badValuePassword",
        "a password has at least 8 characters",
    ))
}

pub(super) fn check_email(email: &str) -> Result<(), Failure> {
    match email.split_once('@') {
        Some((name, domain))
            if !name.is_empty() && domain.contains('.') && !email.contains(char::is_whitespace) =>
        {
            Ok(())
        }
        _ => Err(bad("badValueEmail", "this is no email address")),
    }
}
