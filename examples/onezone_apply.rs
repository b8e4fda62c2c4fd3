//! A space with its members and their privileges, as a small YAML file says.
//!
//! It can be applied again and again: what is there already stays, what differs is changed, and what
//! the file does not mention is left alone.
//!
//! Without arguments it applies `examples/onezone_apply.yaml` to a zone of its own, twice:
//!
//! ```sh
//! cargo run --example onezone_apply --features onezone,testing
//! ```
//!
//! With a URL and the `SPACEWRIGHT_TOKEN` of an administrator it applies a file to a real zone:
//!
//! ```sh
//! cargo run --example onezone_apply --features onezone,testing -- --url https://onezone.example.com space.yaml
//! ```

mod support;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::TryStreamExt;
use serde::Deserialize;
use spacewright::onezone::Client;
use spacewright::onezone::types::{
    NewSpace, SpacePrivilege, SpacePrivileges, SpacePrivilegesUpdate, SpaceUpdate,
};
use spacewright::testing::onezone::{Group, Server, User};
use spacewright::{Auth, Error};
use support::{Outcome, argument, rest, variable};

/// What the file holds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    /// The space's name, by which it is found again.
    space: String,
    description: Option<String>,
    /// The privileges of users, by their user names.
    #[serde(default)]
    users: BTreeMap<String, BTreeSet<String>>,
    /// The privileges of groups, by their names.
    #[serde(default)]
    groups: BTreeMap<String, BTreeSet<String>>,
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    support::exit(run().await)
}

async fn run() -> Outcome {
    let file = rest(&["url"]).into_iter().next();
    let file = file.unwrap_or_else(|| {
        concat!(env!("CARGO_MANIFEST_DIR"), "/examples/onezone_apply.yaml").to_owned()
    });
    let plan: Plan = serde_saphyr::from_str(&std::fs::read_to_string(file)?)?;
    if let Some(url) = argument("url") {
        let auth = Auth::x_auth_token(variable("SPACEWRIGHT_TOKEN")?);
        return apply(&Client::builder(url).auth(auth).build()?, &plan).await;
    }
    let server = Server::start()
        .await
        .with_user(User::new("jane"))
        .with_user(User::new("omar"))
        .with_group(Group::new("Astronomers").user("omar"));
    println!(
        "No --url was given: this is a zone inside this process, at {}.",
        server.url()
    );
    for run in ["first", "second"] {
        println!("\nThe {run} run:");
        apply(&server.client(), &plan).await?;
    }
    Ok(())
}

async fn apply(zone: &Client, plan: &Plan) -> Outcome {
    // Everybody is looked up before anything is changed: a name that is wrong stops it all.
    let users = users(zone, plan).await?;
    let groups = groups(zone, plan).await?;
    let space = space(zone, plan).await?;
    for (user, privileges) in users {
        let held = zone.spaces().list_user_privileges(&space, &user).await;
        match difference(held, &privileges)? {
            Difference::NoMember => {
                zone.spaces()
                    .add_user(&space, &user, granted(&privileges))
                    .await?;
                println!("  added the user {user}");
            }
            Difference::Other(change) => {
                zone.spaces()
                    .update_user_privileges(&space, &user, change)
                    .await?;
                println!("  changed the privileges of the user {user}");
            }
            Difference::None => println!("  the user {user} is as it should be"),
        }
    }
    for (group, privileges) in groups {
        let held = zone.spaces().list_group_privileges(&space, &group).await;
        match difference(held, &privileges)? {
            Difference::NoMember => {
                zone.spaces()
                    .add_group(&space, &group, granted(&privileges))
                    .await?;
                println!("  added the group {group}");
            }
            Difference::Other(change) => {
                zone.spaces()
                    .update_group_privileges(&space, &group, change)
                    .await?;
                println!("  changed the privileges of the group {group}");
            }
            Difference::None => println!("  the group {group} is as it should be"),
        }
    }
    Ok(())
}

/// The space's id; it is created where there is none of that name.
async fn space(zone: &Client, plan: &Plan) -> Outcome<String> {
    let spaces = zone.spaces().list().details();
    let found: Vec<_> = spaces
        .try_filter(|space| std::future::ready(space.name.as_ref() == Some(&plan.space)))
        .try_collect()
        .await?;
    let description = plan.description.clone().unwrap_or_default();
    match found.as_slice() {
        [] => {
            let new = NewSpace::new(&plan.space).description(description);
            let id = zone.spaces().create(new).await?;
            println!("  created the space {:?}, id {id}", plan.space);
            Ok(id)
        }
        [space] => {
            if space.description.as_deref().unwrap_or_default() != description {
                zone.spaces()
                    .update(&space.space_id, SpaceUpdate::new().description(description))
                    .await?;
                println!("  changed the description of {:?}", plan.space);
            }
            Ok(space.space_id.clone())
        }
        several => Err(format!("{} spaces are called {:?}", several.len(), plan.space).into()),
    }
}

/// The ids of the plan's users, with their privileges.
async fn users(zone: &Client, plan: &Plan) -> Outcome<BTreeMap<String, BTreeSet<String>>> {
    let mut ids = BTreeMap::new();
    if !plan.users.is_empty() {
        let mut users = zone.users().list().details();
        while let Some(user) = users.try_next().await? {
            ids.insert(user.username.unwrap_or_default(), user.user_id);
        }
    }
    by_id("user", &plan.users, &ids)
}

/// The ids of the plan's groups, with their privileges.
async fn groups(zone: &Client, plan: &Plan) -> Outcome<BTreeMap<String, BTreeSet<String>>> {
    let mut ids = BTreeMap::new();
    if !plan.groups.is_empty() {
        let mut groups = zone.groups().list().details();
        while let Some(group) = groups.try_next().await? {
            ids.insert(group.name.unwrap_or_default(), group.group_id);
        }
    }
    by_id("group", &plan.groups, &ids)
}

fn by_id(
    kind: &str,
    members: &BTreeMap<String, BTreeSet<String>>,
    ids: &BTreeMap<String, String>,
) -> Outcome<BTreeMap<String, BTreeSet<String>>> {
    let id = |name: &String| {
        ids.get(name)
            .cloned()
            .ok_or_else(|| format!("there is no {kind} {name:?}"))
    };
    members
        .iter()
        .map(|(name, privileges)| Ok((id(name)?, privileges.clone())))
        .collect()
}

/// How a member differs from the plan.
enum Difference {
    NoMember,
    Other(SpacePrivilegesUpdate),
    None,
}

fn difference(
    held: Result<SpacePrivileges, Error>,
    wanted: &BTreeSet<String>,
) -> Result<Difference, Error> {
    let held = match held {
        Ok(held) => held.privileges.unwrap_or_default(),
        Err(error) if error.is_not_found() => return Ok(Difference::NoMember),
        Err(error) => return Err(error),
    };
    let held: BTreeSet<String> = held.iter().map(ToString::to_string).collect();
    if held == *wanted {
        return Ok(Difference::None);
    }
    let change = SpacePrivilegesUpdate::new()
        .grant(wanted.difference(&held).map(SpacePrivilege::from))
        .revoke(held.difference(wanted).map(SpacePrivilege::from));
    Ok(Difference::Other(change))
}

fn granted(privileges: &BTreeSet<String>) -> SpacePrivileges {
    SpacePrivileges::new().privileges(privileges.iter().map(SpacePrivilege::from))
}
