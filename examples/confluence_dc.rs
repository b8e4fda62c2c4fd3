//! A team's space on Confluence Data Center, from its first user to its deletion.
//!
//! Without arguments it works on a site of its own, inside this process:
//!
//! ```sh
//! cargo run --example confluence_dc --features confluence-dc,testing
//! ```
//!
//! With a URL and `SPACEWRIGHT_TOKEN` it only reads, from a real site:
//!
//! ```sh
//! cargo run --example confluence_dc --features confluence-dc,testing -- --url https://wiki.example.com/confluence
//! ```

mod support;

use futures_util::TryStreamExt;
use serde_json::json;
use spacewright::confluence_dc::types::{
    BodyValue, ContentType, NewBody, NewContent, NewGroup, NewLabel, NewProperty, NewSpace,
    NewUser, SpaceRef,
};
use spacewright::confluence_dc::{Client, space};
use spacewright::testing::confluence_dc::Server;
use spacewright::{Auth, Cql, TaskStatus};
use support::{Outcome, argument, variable};

#[tokio::main]
async fn main() -> std::process::ExitCode {
    support::exit(run().await)
}

async fn run() -> Outcome {
    if let Some(url) = argument("url") {
        let auth = Auth::personal_access_token(variable("SPACEWRIGHT_TOKEN")?);
        let wiki = Client::builder(url).auth(auth).build()?;
        spaces(&wiki).await?;
        return search(
            &wiki,
            &Cql::field("type").equals("page").descending("lastmodified"),
        )
        .await;
    }
    let server = Server::start()
        .await
        .with_context_path("/confluence")
        .with_task_polls(3);
    println!(
        "No --url was given: this is a site inside this process, at {}.",
        server.url()
    );
    let wiki = server.client();
    people(&wiki).await?;
    write(&wiki).await?;
    spaces(&wiki).await?;
    search(
        &wiki,
        &Cql::field("space")
            .equals("TEAM")
            .and(Cql::field("type").equals("page")),
    )
    .await?;
    clear(&wiki).await
}

/// Users and a group of them.
async fn people(wiki: &Client) -> Outcome {
    wiki.admin_group().create(NewGroup::new("team")).await?;
    for (name, full_name) in [("morgan", "Morgan Lee"), ("robin", "Robin Okafor")] {
        let user = NewUser::new(name, full_name, format!("{name}@example.com"));
        // With a password in hand it would be `.password(…)`.
        wiki.admin_user()
            .create(user.notify_via_email(true))
            .await?;
        wiki.user_group().add(name, "team").await?;
    }
    let members: Vec<_> = wiki
        .group()
        .list_members("team")
        .items()
        .try_collect()
        .await?;
    println!("The group team has {} members.", members.len());
    Ok(())
}

/// A space with a property and a page.
async fn write(wiki: &Client) -> Outcome {
    let space = wiki
        .space()
        .create(NewSpace::new("TEAM", "Our team"))
        .await?;
    println!("Created the space {}, id {}.", space.key, space.id);
    wiki.space_property()
        .create(
            "TEAM",
            NewProperty::new("budget", json!({ "currency": "EUR" })),
        )
        .await?;

    let body = NewBody::new().storage(BodyValue::new("<p>Welcome!</p>", "storage"));
    let page = NewContent::new(ContentType::Page)
        .title("Welcome")
        .space(SpaceRef::new("TEAM"))
        .body(body);
    let page = wiki.content().create(page).await?;
    wiki.content_labels()
        .add(&page.id, [NewLabel::new("start")])
        .await?;
    println!("Wrote the page {:?}.", page.title.unwrap_or_default());
    Ok(())
}

/// All spaces, whatever way the server divides the list.
async fn spaces(wiki: &Client) -> Outcome {
    // What can be expanded is known by name: no strings to mistype.
    let list = wiki
        .space()
        .list()
        .expand(space::expand::HOMEPAGE)
        .expand(space::expand::DESCRIPTION_PLAIN);
    let mut spaces = list.limit(100).items();
    while let Some(space) = spaces.try_next().await? {
        let home = space
            .homepage
            .and_then(|page| page.title)
            .unwrap_or_else(|| "no homepage".to_owned());
        println!(
            "  {:<10} {} ({home})",
            space.key,
            space.name.unwrap_or_default()
        );
    }
    Ok(())
}

/// What a search finds. Values in a condition are escaped, wherever they come from.
async fn search(wiki: &Client, cql: &Cql) -> Outcome {
    println!("Pages by `{cql}`:");
    let mut pages = wiki.content().search(cql).max_items(10).items();
    while let Some(page) = pages.try_next().await? {
        println!("  {:<10} {}", page.id, page.title.unwrap_or_default());
    }
    Ok(())
}

/// Deletes the space, which takes the server a while.
async fn clear(wiki: &Client) -> Outcome {
    let mut task = wiki.space().delete("TEAM").await?.updates();
    while let Some(status) = task.try_next().await? {
        println!(
            "Deleting the space: {} %",
            status.percent().unwrap_or_default()
        );
    }
    for name in ["morgan", "robin"] {
        wiki.admin_user().delete(name).await?.wait().await?;
    }
    wiki.admin_group().delete("team").await?;
    println!("Space, users and group are gone.");
    Ok(())
}
