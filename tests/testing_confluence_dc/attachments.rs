//! Files attached to contents, uploaded by the client and by hand.

use reqwest::multipart::{Form, Part};
use spacewright::Upload;
use spacewright::testing::Misbehaviour;
use spacewright::testing::confluence_dc::{Content, Server, Space, User};

use super::{Caller, json};
use crate::support::served::{Checked, checked};

const PAGE: &str = "/rest/api/content/7/child/attachment";

async fn wiki() -> Checked<Server> {
    let server = Server::start()
        .await
        .with_context_path("/confluence")
        .with_user(User::new("morgan"))
        .with_space(Space::new("TEST"))
        .with_content(Content::page("TEST", "Report").id(7))
        .with_content(Content::page("TEST", "Archive").id(8));
    checked(server)
}

impl Caller {
    /// Uploads a file with this value of the header against forged requests.
    async fn upload(&self, path: &str, header: &str, form: Form) -> (u16, serde_json::Value) {
        let request = self.http.post(format!("{}{path}", self.base));
        let request = request.bearer_auth(&self.token).multipart(form);
        let answer = request.header("x-atlassian-token", header).send().await;
        let answer = answer.expect("an answer");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("a body");
        (status, serde_json::from_str(&text).expect("JSON"))
    }
}

fn form(name: &str, text: &str) -> Form {
    let part = Part::text(text.to_owned()).file_name(name.to_owned());
    let part = part.mime_str("text/plain").expect("a media type");
    Form::new().part("file", part).text("comment", "weekly")
}

#[tokio::test]
async fn are_uploaded_listed_renewed_moved_and_deleted_by_the_client() {
    let server = wiki().await;
    let client = server.client();
    let files = client.attachments();
    let stored = files.create("7", Upload::bytes("na\u{ef}ve \"plan\".txt", "one"));
    let stored = stored.comment("first").await.expect("an upload");
    let id = stored.results[0].id.clone();
    assert!(id.starts_with("att"), "{id}");
    let held = || server.attachments(7).remove(0);
    assert_eq!(
        (held().title.as_str(), held().version),
        ("na\u{ef}ve \"plan\".txt", 1)
    );

    let renewed = files.update_data("7", &*id, Upload::bytes("other.txt", "two"));
    renewed.await.expect("a new version");
    let file = held().file.expect("a file");
    assert_eq!(
        (file.bytes.as_ref(), held().version),
        (b"two".as_slice(), 2)
    );

    let listed = files.list("7").filename("na\u{ef}ve \"plan\".txt").await;
    assert_eq!(listed.expect("a list").results.len(), 1);
    let text = files.get_extracted_text("7", &*id).await;
    assert!(text.is_ok(), "{text:?}");

    files.delete_version("7", &*id, 2).await.expect("deleted");
    assert_eq!(held().file.expect("a file").bytes.as_ref(), b"one");
    files
        .move_("7", &*id)
        .new_content_id("8")
        .new_name("plan.txt")
        .await
        .expect("moved");
    assert_eq!(server.attachments(8)[0].title, "plan.txt");
    files.delete("8", &*id).await.expect("deleted");
    assert_eq!(server.attachments(8)[0].status, "trashed");
    assert!(files.list("8").await.expect("a list").results.is_empty());
}

#[tokio::test]
async fn need_the_header_against_forged_requests_and_a_name_of_their_own() {
    let server = wiki().await;
    let admin = Caller::new(&server, "admin");
    // The published value is out of date.
    let (status, refused) = admin.upload(PAGE, "nocheck", form("a.txt", "one")).await;
    assert_eq!(
        (status, &refused["message"]),
        (403, &json!("XSRF check failed"))
    );
    assert_eq!(
        admin.upload(PAGE, "no-check", form("a.txt", "one")).await.0,
        200
    );

    let (status, taken) = admin.upload(PAGE, "no-check", form("a.txt", "two")).await;
    let message = taken["message"].as_str().expect("a message");
    assert!(
        status == 400 && message.contains("same file name"),
        "{message}"
    );
    let path = format!("{PAGE}?allowDuplicated=true&expand=version");
    let (_, renewed) = admin.upload(&path, "no-check", form("a.txt", "two")).await;
    assert_eq!(renewed["results"][0]["version"]["number"], 2);

    for bad in [Form::new(), Form::new().text("file", "no name")] {
        assert_eq!(admin.upload(PAGE, "no-check", bad).await.0, 400);
    }
    let nobodys = "/rest/api/content/99/child/attachment";
    assert_eq!(
        admin.upload(nobodys, "no-check", form("a", "")).await.0,
        404
    );
}

#[tokio::test]
async fn are_downloaded_by_their_link_in_any_version() {
    let server = wiki().await;
    let admin = Caller::new(&server, "admin");
    admin.upload(PAGE, "no-check", form("a b.txt", "one")).await;
    let path = format!("{PAGE}?allowDuplicated=true");
    let (_, stored) = admin
        .upload(&path, "no-check", form("a b.txt", "two"))
        .await;
    let link = stored["results"][0]["_links"]["download"]
        .as_str()
        .expect("a link")
        .to_owned();
    assert_eq!(admin.get(&link).await, (200, json!("two")));
    let first = link.replace("version=2", "version=1");
    assert_eq!(admin.get(&first).await, (200, json!("one")));
    assert_eq!(admin.get("/download/attachments/7/no.txt").await.0, 404);
}

#[tokio::test]
async fn belong_to_those_who_may_see_and_edit_the_page() {
    let server = wiki().await;
    let file = Content::attachment(7, "plan.txt", "secret").id(70);
    server.add_content(file);
    server.add_content(Content::page("TEST", "Hidden").id(9).only_for("admin"));
    server.add_content(Content::attachment(9, "plan.txt", "secret").id(90));
    let morgan = Caller::new(&server, "morgan");
    let (status, file) = morgan.get("/rest/api/content/att70?expand=metadata").await;
    assert_eq!(
        (status, &file["metadata"]["mediaType"]),
        (200, &json!("text/plain"))
    );
    assert_eq!(file["_expandable"]["container"], "/rest/api/content/7");
    assert_eq!(morgan.get("/rest/api/content/att90").await.0, 404);
    assert_eq!(morgan.get("/download/attachments/9/plan.txt").await.0, 404);
    // She may attach files, but not delete those of others.
    assert_eq!(
        morgan
            .send("DELETE", &format!("{PAGE}/att70"), None)
            .await
            .0,
        403
    );
    let admin = Caller::new(&server, "admin");
    let body = json!({
        "id": "att70", "type": "attachment", "title": "new.txt", "version": { "number": 2 },
        "metadata": { "comment": "renamed" },
    });
    let path = format!("{PAGE}/70");
    assert_eq!(admin.send("PUT", &path, Some(body.clone())).await.0, 200);
    assert_eq!(admin.send("PUT", &path, Some(body)).await.0, 409);
    let held = server.content(70).expect("the attachment");
    assert_eq!(held.file.expect("a file").comment, "renamed");

    // What hangs on a page goes with it.
    server.remove_content(7);
    assert_eq!(server.content(70), None);
}

#[tokio::test]
async fn are_sent_again_after_a_refusal() {
    let server = wiki().await;
    server.misbehave(Misbehaviour::rate_limited(0).on(PAGE).once());
    let client = server.client();
    let stored = client
        .attachments()
        .create("7", Upload::bytes("a.txt", "one"))
        .send()
        .await;
    assert_eq!(stored.expect("an upload").attempts(), 2);
    server.assert_misbehaved();
}

#[tokio::test]
async fn backups_are_uploaded_to_be_restored() {
    let server = wiki().await;
    let client = server.client();
    let restore = |bytes: &'static [u8]| {
        let file = Upload::bytes("backup.zip", bytes);
        client.backup_restore().upload_space_restore(file)
    };
    let refused = restore(b"no archive").await.expect_err("no ZIP");
    assert_eq!(refused.status().map(|status| status.as_u16()), Some(400));
    let job = restore(b"PK\x05\x06").await.expect("a job");
    server.finish_tasks();
    let ended = job.wait().await.expect("restored");
    let state = ended.job_state.expect("a state");
    assert_eq!(state.as_str(), "FINISHED");
}
