//! The read-only part against a real server.

use futures_util::TryStreamExt;
use spacewright::{Auth, confluence_cloud, confluence_dc, onezone, workspaces};

use super::{Outcome, title};

pub async fn run(service: &str, url: &str) -> Outcome {
    match service {
        "confluence-dc" => data_center(url).await,
        "confluence-cloud" => cloud(url).await,
        "onezone" => zone(url).await,
        "workspaces" => delay(url).await,
        other => Err(format!(
            "there is no service {other:?}: confluence-dc, confluence-cloud, onezone, workspaces"
        )
        .into()),
    }
}

/// The credential from the environment: a user's name with a password or API token, or a token alone.
fn auth(token: fn(String) -> Auth) -> Result<Auth, String> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    match (
        variable("SPACEWRIGHT_USER"),
        variable("SPACEWRIGHT_PASSWORD"),
        variable("SPACEWRIGHT_TOKEN"),
    ) {
        (Some(user), Some(password), _) => Ok(Auth::basic(user, password)),
        (Some(email), None, Some(api_token)) => Ok(Auth::api_token(email, api_token)),
        (None, _, Some(alone)) => Ok(token(alone)),
        _ => Err("set SPACEWRIGHT_TOKEN, or SPACEWRIGHT_USER and SPACEWRIGHT_PASSWORD".to_owned()),
    }
}

async fn data_center(url: &str) -> Outcome {
    let wiki = confluence_dc::Client::builder(url)
        .auth(auth(Auth::personal_access_token)?)
        .build()?;
    title("Who is asking");
    println!(
        "{}",
        wiki.user()
            .get_current()
            .await?
            .display_name
            .unwrap_or_default()
    );
    title("The first spaces");
    let mut spaces = wiki.space().list().limit(25).max_items(25).items();
    while let Some(space) = spaces.try_next().await? {
        println!("{:12} {}", space.key, space.name.unwrap_or_default());
    }
    Ok(())
}

async fn cloud(url: &str) -> Outcome {
    let site = confluence_cloud::Client::builder(url)
        .auth(auth(Auth::bearer)?)
        .build()?;
    title("Who is asking");
    let me = site.v1().user().get_current().await?;
    println!("{}", me.display_name.unwrap_or_default());
    title("The first properties of this account");
    let mut keys = site
        .user_property()
        .list(me.account_id.unwrap_or_default())
        .max_items(25)
        .items();
    while let Some(property) = keys.try_next().await? {
        println!("{}", property.key.unwrap_or_default());
    }
    Ok(())
}

async fn zone(url: &str) -> Outcome {
    let zone = onezone::Client::builder(url)
        .auth(auth(Auth::x_auth_token)?)
        .build()?;
    title("The spaces of the token's owner");
    for id in zone.me().list_spaces().await?.spaces {
        println!(
            "{id}  {}",
            zone.spaces().get(&id).await?.name.unwrap_or_default()
        );
    }
    Ok(())
}

async fn delay(url: &str) -> Outcome {
    let delay = workspaces::Client::builder(url)
        .auth(auth(Auth::bearer)?)
        .build()?;
    title("The workspaces that this token may see");
    let mut list = delay.workspaces().list().per_page(50).max_items(50).items();
    while let Some(workspace) = list.try_next().await? {
        println!("{:20} {}", workspace.identifier, workspace.name);
    }
    Ok(())
}
