//! Search by CQL, as the client writes it and as people do.

use serde_json::{Value, json};
use spacewright::testing::confluence_dc::{Content, Server, Space, User};
use spacewright::{Cql, CqlValue};

use super::Caller;
use crate::support::served::{Checked, checked};

async fn wiki() -> Checked<Server> {
    let server = Server::start()
        .await
        .with_user(User::new("morgan"))
        .with_space(Space::new("DOCS"))
        .with_space(Space::new("HR").private())
        .with_content(
            Content::page("DOCS", "Release notes")
                .id(1)
                .label("release")
                .label("draft"),
        )
        .with_content(
            Content::page("DOCS", "Release plan")
                .id(2)
                .parent(1)
                .label("release"),
        )
        .with_content(Content::blog_post("DOCS", "News of the \"release\"").id(3))
        .with_content(
            Content::page("HR", "Salaries")
                .id(4)
                .body("<p>of the <b>release</b> team</p>"),
        )
        .with_content(Content::attachment(1, "notes.txt", "…").id(5));
    checked(server)
}

/// The ids that a query finds, in its order.
async fn found(caller: &Caller, cql: &str) -> Vec<String> {
    let mut url = url::Url::parse("http://x/rest/api/content/search").expect("a URL");
    url.query_pairs_mut()
        .append_pair("cql", cql)
        .append_pair("limit", "100");
    let path = url.as_str().trim_start_matches("http://x");
    let (status, page) = caller.get(path).await;
    assert_eq!(status, 200, "{cql}: {page}");
    let rows = page["results"].as_array().expect("rows");
    rows.iter()
        .map(|row| row["id"].as_str().expect("an id").to_owned())
        .collect()
}

#[tokio::test]
async fn finds_what_the_query_says_and_no_more() {
    let server = wiki().await;
    let admin = Caller::new(&server, "admin");
    for (cql, expected) in [
        ("label = release", vec!["1", "2"]),
        ("label = release and not label = draft", vec!["2"]),
        ("label = release and label != draft", vec!["2"]),
        (
            "title ~ rel* and type in (page, \"blogpost\")",
            vec!["1", "2", "3"],
        ),
        (
            "title ~ 'RELEASE' and type = page or id = 4",
            vec!["1", "2", "4"],
        ),
        (
            "title ~ release and (type = blogpost or id = 2)",
            vec!["2", "3"],
        ),
        (
            "title !~ release and space = HR and title != \"HR Home\"",
            vec!["4"],
        ),
        ("text ~ \"release team\"", vec!["4"]),
        ("siteSearch ~ salaries", vec!["4"]),
        ("space.key not in (DOCS) and title = salaries", vec!["4"]),
        ("parent = 1 and type = page", vec!["2"]),
        ("ancestor = 1 and type = attachment", vec!["att5"]),
        ("creator = currentUser() and title ~ plan", vec!["2"]),
        (
            "title ~ release order by type, title desc",
            vec!["3", "2", "1"],
        ),
        ("id in (1, 3) ORDER BY created DESC", vec!["3", "1"]),
        (
            "id = 1 and created >= now(\"-1d\") and created < \"2026-02-01\"",
            vec!["1"],
        ),
        ("id = 1 and lastmodified > now(\"1d\")", vec![]),
        ("container = 1 and type = attachment", vec!["att5"]),
        ("space.type = personal", vec![]),
        ("type = space", vec![]),
    ] {
        assert_eq!(found(&admin, cql).await, expected, "{cql}");
    }
    // What a caller may not see is left out.
    let morgan = Caller::new(&server, "morgan");
    assert_eq!(
        found(&morgan, "text ~ \"release team\"").await,
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn reads_all_that_the_client_writes() {
    let server = wiki().await;
    let admin = Caller::new(&server, "admin");
    let title = || Cql::field("title");
    let cql = title()
        .equals("News of the \"release\"")
        .or(title()
            .contains("release")
            .and(Cql::field("label").one_of(["draft"])))
        .and(Cql::field("created").at_least(CqlValue::function("now", ["-4w"])))
        .and(Cql::field("space").equals("HR").not())
        .descending("title");
    assert_eq!(found(&admin, &cql.to_string()).await, ["1", "3"]);
}

#[tokio::test]
async fn refuses_what_is_no_query_and_owns_up_to_what_it_does_not_simulate() {
    let server = wiki().await;
    let admin = Caller::new(&server, "admin");
    for cql in [
        "",
        "space%20%3D",
        "title%20%3E%20a",
        "created%20%3D%20soon",
        "text%20%3D%20a",
        "%28",
    ] {
        let (status, refusal) = admin.get(&format!("/rest/api/search?cql={cql}")).await;
        let message = refusal["message"].as_str().expect("a message");
        assert!(
            status == 400 && message.contains("cql"),
            "{cql}: {status} {message}"
        );
    }
    for cql in [
        "favourite%20%3D%20admin",
        "created%20%3E%20startOfDay()",
        "id%3D1%20order%20by%20relevance",
    ] {
        assert_eq!(
            admin.get(&format!("/rest/api/search?cql={cql}")).await.0,
            501,
            "{cql}"
        );
    }
    let (_, page) = admin.get("/rest/api/search?cql=id%3D4").await;
    assert_eq!(page["totalSize"], 1);
    assert_eq!(page["results"][0]["resultGlobalContainer"]["title"], "HR");
}

#[tokio::test]
async fn pages_are_capped_by_what_is_expanded() {
    let server = Server::start()
        .await
        .with_space(Space::new("TEST"))
        .with_pages("TEST", 1100);
    let server = checked(server);
    let admin = Caller::new(&server, "admin");
    for (expand, most) in [("body.storage", 50), ("version", 200), ("", 1000)] {
        let path = format!("/rest/api/content/search?cql=type%3Dpage&limit=5000&expand={expand}");
        let (_, page) = admin.get(&path).await;
        assert_eq!(
            (page["size"].as_u64(), page["limit"].as_u64()),
            (Some(most), Some(most))
        );
    }
}

#[tokio::test]
async fn hidden_rows_are_left_out_after_the_cut() {
    let server = Server::start()
        .await
        .with_user(User::new("morgan"))
        .with_space(Space::new("TEST"))
        .with_pages("TEST", 3)
        .with_content(Content::page("TEST", "Secret").only_for("admin"));
    let server = checked(server);
    let morgan = Caller::new(&server, "morgan");
    let path = "/rest/api/content/search?limit=2&cql=space%20%3D%20TEST%20and%20type%3Dpage";
    let pages = morgan.walk(path, 9).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 0]);
}

/// A page of results of all kinds.
async fn results(caller: &Caller, cql: &str, more: &str) -> Value {
    let mut url = url::Url::parse("http://x/rest/api/search").expect("a URL");
    url.query_pairs_mut().append_pair("cql", cql);
    let path = format!("{}{more}", url.as_str().trim_start_matches("http://x"));
    let (status, page) = caller.get(&path).await;
    assert_eq!(status, 200, "{cql}: {page}");
    page
}

/// The kind and the title of each result.
fn titles(page: &Value) -> Vec<(&str, &str)> {
    let rows = page["results"].as_array().expect("rows");
    rows.iter()
        .map(|row| {
            let kind = row["entityType"].as_str().unwrap_or_default();
            (kind, row["title"].as_str().unwrap_or_default())
        })
        .collect()
}

#[tokio::test]
async fn finds_spaces_and_users_too() {
    let server = wiki().await;
    server.add_user(User::new("lee").full_name("Lee Morgan").key("ff81"));
    server.add_user(User::new("kim").full_name("Kim Morgan").disabled());
    server.add_space(Space::new("OLD").name("Release archive").archived());
    let admin = Caller::new(&server, "admin");
    let morgan = Caller::new(&server, "morgan");
    let plain = "&excerpt=none";
    for (cql, expected) in [
        ("type = space", vec![("space", "DOCS"), ("space", "HR")]),
        ("type = space and title = docs", vec![("space", "DOCS")]),
        (
            "user.fullname ~ \"morgan\"",
            vec![("user", "Lee Morgan"), ("user", "morgan")],
        ),
        ("type = user and user = ff81", vec![("user", "Lee Morgan")]),
        ("user = currentUser()", vec![("user", "A. D. Ministrator")]),
        (
            "title ~ \"release plan\"",
            vec![("content", "Release plan")],
        ),
        (
            "type in (space, user) and title = hr",
            vec![("space", "HR")],
        ),
        (
            "siteSearch ~ morgan and type = user order by title desc",
            vec![("user", "Lee Morgan"), ("user", "morgan")],
        ),
    ] {
        let page = results(&admin, cql, plain).await;
        assert_eq!(titles(&page), expected, "{cql}");
    }
    // A space that the caller may not see is left out, and one that is put away unless it is asked for.
    let page = results(&morgan, "type = space", plain).await;
    assert_eq!(titles(&page), [("space", "DOCS")]);
    assert_eq!(
        (&page["totalSize"], &page["archivedResultCount"]),
        (&json!(2), &json!(1))
    );
    let page = results(&admin, "type = space", "&includeArchivedSpaces=true").await;
    assert_eq!(
        (&page["totalSize"], &page["archivedResultCount"]),
        (&json!(3), &json!(0))
    );

    let page = results(
        &admin,
        "type = space and title = docs",
        "&expand=space.homepage",
    )
    .await;
    assert_eq!(
        page["results"][0]["space"]["homepage"]["title"],
        "DOCS Home"
    );
    let page = results(&admin, "user = lee", "&expand=user.status").await;
    assert_eq!(page["results"][0]["user"]["status"], "current");
    // Where only contents are looked for there are no others.
    assert_eq!(found(&admin, "type = space or id = 1").await, ["1"]);
}

#[tokio::test]
async fn marks_what_was_looked_for() {
    let server = wiki().await;
    let admin = Caller::new(&server, "admin");
    let page = results(&admin, "text ~ team", "").await;
    let row = &page["results"][0];
    let excerpt = row["excerpt"].as_str().expect("an excerpt");
    assert_eq!(
        excerpt.split_whitespace().last(),
        Some("@@@hl@@@team@@@endhl@@@")
    );
    let page = results(&admin, "text ~ team", "&excerpt=indexed").await;
    let excerpt = page["results"][0]["excerpt"].as_str().expect("an excerpt");
    assert_eq!(excerpt.split_whitespace().last(), Some("team"));
    let page = results(&admin, "text ~ team", "&excerpt=none").await;
    assert_eq!(page["results"][0]["excerpt"], "");
}

#[tokio::test]
async fn knows_who_worked_on_a_page_who_watches_it_and_what_is_in_it() {
    let server = wiki().await;
    let admin = Caller::new(&server, "admin");
    let morgan = Caller::new(&server, "morgan");
    let text = "<ac:structured-macro ac:name=\"jira\" />";
    let update = json!({
        "type": "page", "title": "Release plan", "version": { "number": 2 },
        "body": { "storage": { "value": text, "representation": "storage" } },
    });
    assert_eq!(
        morgan
            .send("PUT", "/rest/api/content/2", Some(update))
            .await
            .0,
        200
    );
    assert_eq!(
        morgan
            .send("POST", "/rest/api/user/watch/content/1", None)
            .await
            .0,
        200
    );
    for (cql, expected) in [
        ("contributor = morgan", vec!["2"]),
        ("creator = morgan", vec![]),
        ("watcher = morgan", vec!["1"]),
        ("macro = jira", vec!["2"]),
    ] {
        assert_eq!(found(&admin, cql).await, expected, "{cql}");
    }
    let cql =
        "space%20%3D%20currentSpace()%20and%20parent%20%3D%20currentContent()%20and%20type%3Dpage";
    let context = "%7B%22spaceKey%22%3A%22DOCS%22%2C%22contentId%22%3A%221%22%7D";
    let path = format!("/rest/api/content/search?cql={cql}&cqlcontext={context}");
    assert_eq!(admin.get(&path).await.1["results"][0]["id"], "2");
    let path = format!("/rest/api/content/search?cql={cql}&cqlcontext=DOCS");
    assert_eq!(admin.get(&path).await.0, 400);
}
