//! A small application, and how it tests itself: it disables the users who are named in no list of
//! people any more.
//!
//! ```sh
//! cargo run --example test_your_app --all-features     # runs the application against a test server
//! cargo test --example test_your_app --all-features    # runs its tests
//! ```

use std::collections::BTreeSet;

use futures_util::TryStreamExt;
use spacewright::confluence_dc::Client;
use spacewright::testing::confluence_dc::Server;

/// Disables every active user who is not among `people`; gives the names of those whom it disabled.
async fn disable_leavers(
    wiki: &Client,
    people: &BTreeSet<&str>,
) -> spacewright::Result<Vec<String>> {
    let users: Vec<_> = wiki
        .admin_users()
        .list_active()
        .limit(200)
        .items()
        .try_collect()
        .await?;
    let names = users.into_iter().filter_map(|user| user.username);
    let mut disabled = Vec::new();
    for name in names.filter(|name| !people.contains(name.as_str())) {
        match wiki.admin_user().disable(&name).await {
            Ok(()) => disabled.push(name),
            // Somebody else was faster: what we want is done.
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(disabled)
}

#[tokio::main]
async fn main() -> spacewright::Result<()> {
    let server = Server::start().await.with_users(3);
    let people = BTreeSet::from(["admin", "user00001"]);
    let disabled = disable_leavers(&server.client(), &people).await?;
    println!("disabled: {}", disabled.join(", "));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use spacewright::testing::Misbehaviour;
    use spacewright::testing::confluence_dc::User;

    #[tokio::test]
    async fn only_leavers_are_disabled() {
        let server = Server::start()
            .await
            .with_user(User::new("morgan"))
            .with_user(User::new("robin"));
        // The network is as bad as it gets: the application must not notice.
        server.misbehave(Misbehaviour::rate_limited(0).once());

        let people = BTreeSet::from(["admin", "morgan"]);
        let disabled = disable_leavers(&server.client(), &people).await.unwrap();

        assert_eq!(disabled, ["robin"]);
        assert!(server.user("morgan").is_some_and(|user| user.active));
        assert!(server.user("robin").is_some_and(|user| !user.active));
        server
            .requests()
            .with_method("PUT")
            .to("/rest/api/admin/user/robin/disable")
            .with_status(204)
            .assert_once();
        server.assert_misbehaved();
    }

    #[tokio::test]
    async fn an_ordinary_user_may_not() {
        let server = Server::start().await.with_user(User::new("morgan"));
        let error = disable_leavers(&server.client_as("morgan"), &BTreeSet::new())
            .await
            .unwrap_err();
        assert!(error.is_forbidden(), "{error}");
    }
}
