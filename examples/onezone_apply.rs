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

/// A user or a group that is to be a member.
struct Member {
    id: String,
    name: String,
    privileges: BTreeSet<String>,
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
    for Member {
        id,
        name,
        privileges,
    } in users
    {
        let held = zone.spaces().list_user_privileges(&space, &id).await;
        match difference(held, &privileges)? {
            Difference::NoMember => {
                zone.spaces()
                    .add_user(&space, &id, granted(&privileges))
                    .await?;
                println!("  added the user {name}");
            }
            Difference::Other(change) => {
                zone.spaces()
                    .update_user_privileges(&space, &id, change)
                    .await?;
                println!("  changed the privileges of the user {name}");
            }
            Difference::None => println!("  the user {name} is as it should be"),
        }
    }
    for Member {
        id,
        name,
        privileges,
    } in groups
    {
        let held = zone.spaces().list_group_privileges(&space, &id).await;
        match difference(held, &privileges)? {
            Difference::NoMember => {
                zone.spaces()
                    .add_group(&space, &id, granted(&privileges))
                    .await?;
                println!("  added the group {name}");
            }
            Difference::Other(change) => {
                zone.spaces()
                    .update_group_privileges(&space, &id, change)
                    .await?;
                println!("  changed the privileges of the group {name}");
            }
            Difference::None => println!("  the group {name} is as it should be"),
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

/// The plan's users.
async fn users(zone: &Client, plan: &Plan) -> Outcome<Vec<Member>> {
    let mut ids: BTreeMap<String, Vec<String>> = BTreeMap::new();
    if !plan.users.is_empty() {
        let mut users = zone.users().list().details();
        while let Some(user) = users.try_next().await? {
            let name = user.username.unwrap_or_default();
            ids.entry(name).or_default().push(user.user_id);
        }
    }
    members("user", &plan.users, &ids)
}

/// The plan's groups.
async fn groups(zone: &Client, plan: &Plan) -> Outcome<Vec<Member>> {
    let mut ids: BTreeMap<String, Vec<String>> = BTreeMap::new();
    if !plan.groups.is_empty() {
        let mut groups = zone.groups().list().details();
        while let Some(group) = groups.try_next().await? {
            let name = group.name.unwrap_or_default();
            ids.entry(name).or_default().push(group.group_id);
        }
    }
    members("group", &plan.groups, &ids)
}

/// Those that are planned, by their ids. Names of groups need not be unique: one that several have names
/// nobody.
fn members(
    kind: &str,
    planned: &BTreeMap<String, BTreeSet<String>>,
    ids: &BTreeMap<String, Vec<String>>,
) -> Outcome<Vec<Member>> {
    let member = |(name, privileges): (&String, &BTreeSet<String>)| {
        let ids = ids.get(name).map_or(&[][..], Vec::as_slice);
        match ids {
            [id] => Ok(Member {
                id: id.clone(),
                name: name.clone(),
                privileges: privileges.clone(),
            }),
            [] => Err(format!("there is no {kind} {name:?}").into()),
            several => Err(format!("{} {kind}s are called {name:?}", several.len()).into()),
        }
    };
    planned.iter().map(member).collect()
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
