//! The server's own rules for users, checked before anything is sent.

use super::types::{NewPassword, NewUser, UserUpdate};
use crate::transport::Broken;

/// A rule: the outcome of a check, or the end of a sentence that begins with the field.
type Rule = Result<(), &'static str>;

pub(super) fn new_user(user: &NewUser) -> Result<(), Broken> {
    field("userName", user_name(&user.user_name))?;
    field("fullName", full_name(&user.full_name))?;
    field("email", email(&user.email))?;
    let invited = user.notify_via_email == Some(true);
    match &user.password {
        Some(_) if invited => field(
            "password",
            Err("does not go with `notifyViaEmail`: the user chooses one"),
        ),
        Some(password) => field("password", not_blank(password.expose())),
        None if invited => Ok(()),
        None => field(
            "password",
            Err("is missing: give one, or set `notifyViaEmail` so that the user can choose it"),
        ),
    }
}

pub(super) fn user_update(update: &UserUpdate) -> Result<(), Broken> {
    if let Some(name) = &update.full_name {
        field("fullName", full_name(name))?;
    }
    if let Some(address) = &update.email {
        field("email", email(address))?;
    }
    Ok(())
}

pub(super) fn new_password(password: &NewPassword) -> Result<(), Broken> {
    field("password", not_blank(password.password.expose()))
}

fn field(field: &'static str, rule: Rule) -> Result<(), Broken> {
    rule.map_err(|rule| Broken { field, rule })
}

fn not_blank(text: &str) -> Rule {
    if text.trim().is_empty() {
        Err("is blank")
    } else {
        Ok(())
    }
}

fn user_name(name: &str) -> Rule {
    not_blank(name)?;
    if name.contains(['\\', ',', '+', '<', '>', '\'', '"']) {
        return Err("holds one of the characters \\ , + < > ' \" that the server refuses");
    }
    if name.chars().any(char::is_whitespace) {
        return Err("holds white space");
    }
    if name.chars().any(char::is_uppercase) {
        return Err("holds upper case letters");
    }
    not_anonymous(name)
}

fn full_name(name: &str) -> Rule {
    not_blank(name)?;
    if name.contains(['<', '>']) {
        return Err("holds one of the characters < > that the server refuses");
    }
    not_anonymous(name)
}

fn not_anonymous(name: &str) -> Rule {
    if name.eq_ignore_ascii_case("anonymous") {
        Err("is a name that the server keeps for itself")
    } else {
        Ok(())
    }
}

/// An address in the form `local@domain`; what else the server may refuse is left to it.
fn email(address: &str) -> Rule {
    not_blank(address)?;
    let no_address = Err("is no email address");
    if address.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return no_address;
    }
    match address.rsplit_once('@') {
        Some((local, domain))
            if !local.is_empty() && !domain.is_empty() && !local.contains('@') =>
        {
            Ok(())
        }
        _ => no_address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(user: NewUser) -> Option<&'static str> {
        new_user(&user).err().map(|broken| broken.field)
    }

    fn user(name: &str, full: &str, email: &str) -> NewUser {
        NewUser::new(name, full, email).password("secret")
    }

    #[test]
    fn each_rule_names_its_field() {
        for name in [
            "",
            " ",
            "a b",
            "Morgan",
            "anonymous",
            "a\\b",
            "a,b",
            "a+b",
            "a<b",
            "a>b",
            "a'b",
            "a\"b",
            "a\u{a0}b",
            "É",
        ] {
            assert_eq!(
                broken(user(name, "Morgan", "m@x")),
                Some("userName"),
                "{name:?}"
            );
        }
        for name in ["", "\t", "<b>", "Anonymous"] {
            assert_eq!(broken(user("m", name, "m@x")), Some("fullName"), "{name:?}");
        }
        for email in ["", "m", "@x", "m@", "m@@x", "m @x"] {
            assert_eq!(
                broken(user("m", "Morgan", email)),
                Some("email"),
                "{email:?}"
            );
        }
        assert_eq!(broken(NewUser::new("m", "M", "m@x")), Some("password"));
        assert_eq!(
            broken(NewUser::new("m", "M", "m@x").notify_via_email(false)),
            Some("password")
        );
        assert_eq!(
            broken(
                NewUser::new("m", "M", "m@x")
                    .password(" ")
                    .notify_via_email(true)
            ),
            Some("password")
        );
    }

    #[test]
    fn what_the_server_takes_passes() {
        assert_eq!(
            broken(user(
                "morgan.lee@corp-1",
                "Morgan O'Lee, Jr.",
                "m+tag@example.com"
            )),
            None
        );
        assert_eq!(
            broken(NewUser::new("m", "M", "m@x").notify_via_email(true)),
            None
        );
        assert!(user_update(&UserUpdate::new()).is_ok());
        assert!(user_update(&UserUpdate::new().email("no")).is_err());
        assert!(new_password(&NewPassword::new("  ")).is_err());
    }
}
