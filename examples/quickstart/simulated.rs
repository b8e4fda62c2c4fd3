//! The whole job against servers of its own.

use std::time::Duration;

use futures_util::TryStreamExt;
use serde_json::json;
use spacewright::confluence_dc::types::{NewPersonalSpace, NewUser};
use spacewright::onezone::types::{NewSpace, SpaceUpdate};
use spacewright::testing::{Misbehaviour, confluence_cloud, confluence_dc, onezone, workspaces};
use spacewright::workspaces::types::{NewWorkspace, WorkspaceType};
use spacewright::{PollSettings, TaskStatus};

use super::{Outcome, title};

pub async fn run() -> Outcome {
    data_center().await?;
    cloud().await?;
    onezone_zone().await?;
    delay_workspaces().await?;
    println!(
        "\nAll of it ran against servers inside this process; the README says how to reach yours."
    );
    Ok(())
}

async fn data_center() -> Outcome {
    title("Confluence Data Center");
    let server = confluence_dc::Server::start()
        .await
        .with_context_path("/confluence")
        .with_users(7);
    let wiki = server.client();
    println!("A server is running at {}.", server.url());

    for (name, full_name) in [("morgan", "Morgan Lee"), ("robin", "Robin Okafor")] {
        let user = NewUser::new(name, full_name, format!("{name}@example.com"));
        let key = wiki
            .admin_user()
            .create(user.password("correct horse battery"))
            .await?;
        println!(
            "Created the user {name}; the server knows them as {}.",
            key.user_key.unwrap_or_default()
        );
    }
    let space = wiki
        .admin_space()
        .create_personal("morgan", NewPersonalSpace::new())
        .await?;
    println!("Created the personal space {} for morgan.", space.key);

    println!("The active users, four rows a page:");
    let mut pages = wiki.admin_users().list_active().limit(4).pages();
    while let Some(page) = pages.try_next().await? {
        let names = page.items.into_iter().filter_map(|user| user.username);
        println!("  {}", names.collect::<Vec<_>>().join(", "));
    }

    server.misbehave(Misbehaviour::status(503).times(1));
    let answer = wiki.user().get_current().send().await?;
    println!(
        "The server failed once (503) and was asked again: {} after {} attempts.",
        answer.status(),
        answer.attempts()
    );

    let task = wiki.admin_user().delete("robin").await?;
    println!(
        "Deleting robin takes the server a while; it works on it as task {}:",
        task.id()
    );
    let quick = PollSettings::default().first_delay(Duration::from_millis(100));
    let mut updates = task.polling(quick).updates();
    while let Some(status) = updates.try_next().await? {
        println!("  {:>3} %", status.percent().unwrap_or_default());
    }
    println!("robin is gone.");

    println!("What a refused request looks like:");
    let refusals = [
        wiki.admin_user()
            .create(NewUser::new("Morgan Lee", "Morgan", "m@example.com"))
            .await
            .err(),
        wiki.admin_user().disable("nobody").await.err(),
        wiki.admin_user().delete("../../admin").await.err(),
        server
            .client_as("morgan")
            .admin_user()
            .disable("user-1")
            .await
            .err(),
    ];
    for error in refusals.into_iter().flatten() {
        println!("  {:?}: {error}", error.kind());
    }
    Ok(())
}

async fn cloud() -> Outcome {
    title("Confluence Cloud");
    let server = confluence_cloud::Server::start().await.with_users(1);
    let site = server.client();
    let account = server
        .users()
        .first()
        .map(|user| user.account_id.clone())
        .unwrap_or_default();
    let value = |value| spacewright::confluence_cloud::v1::types::UserPropertyValue::new(value);

    let properties = site.user_property();
    properties
        .create(&account, "theme", value(json!({ "dark": true })))
        .await?;
    properties
        .create(&account, "start-page", value(json!("inbox")))
        .await?;
    println!("Set two properties of the account {account}.");
    let mut keys = properties.list(&account).limit(25).items();
    while let Some(property) = keys.try_next().await? {
        let key = property.key.unwrap_or_default();
        println!(
            "  {key}: {}",
            properties
                .get(&account, &key)
                .await?
                .value
                .unwrap_or_default()
        );
    }
    if let Err(error) = properties.get(&account, "no such key").await {
        println!("A key is checked before anything is sent: {error}");
    }
    Ok(())
}

async fn onezone_zone() -> Outcome {
    title("Onedata Onezone");
    let server = onezone::Server::start().await;
    let zone = server.client();

    let id = zone.spaces().create(NewSpace::new("experiments")).await?;
    println!("Created a space; its id came with the answer's Location: {id}");
    zone.spaces()
        .update(&id, SpaceUpdate::new().name("experiments-2026"))
        .await?;
    let space = zone.spaces().get(&id).await?;
    println!(
        "Renamed it and read it back: {}",
        space.name.unwrap_or_default()
    );
    let ids = zone.spaces().list().await?.spaces;
    println!("The zone has {} space(s).", ids.len());
    zone.spaces().delete(&id).await?;
    if let Err(error) = zone.spaces().get(&id).await {
        println!("Deleted it: {error}");
    }
    Ok(())
}

async fn delay_workspaces() -> Outcome {
    title("Delay Workspaces");
    let server = workspaces::Server::start().await;
    let delay = server.client();

    for (identifier, name) in [
        ("atelier", "Atelier"),
        ("archive", "Archive"),
        ("lab", "Laboratory"),
    ] {
        let new = NewWorkspace::new(identifier, name, WorkspaceType::MultiUser);
        let workspace = delay.workspaces().create(new).await?;
        println!(
            "Created the workspace {} ({}).",
            workspace.name, workspace.id
        );
    }
    let mut list = delay
        .workspaces()
        .list()
        .sort_by("name")
        .per_page(2)
        .items();
    while let Some(workspace) = list.try_next().await? {
        println!("  {} is {}", workspace.identifier, workspace.workspace_type);
    }
    let again = NewWorkspace::new("lab", "Another laboratory", WorkspaceType::SingleUser);
    if let Err(error) = delay.workspaces().create(again).await {
        println!("An identifier is taken once only: {error}");
    }
    Ok(())
}
