//! Uploads that are not what they were announced to be.

use spacewright::testing::TestClock;
use spacewright::testing::confluence_dc::Content;
use spacewright::{ErrorKind, Upload};

use super::stage::{builder, start};

/// An upload of these pieces, said to be of this length.
async fn upload(
    pieces: Vec<std::io::Result<&'static str>>,
    length: Option<u64>,
) -> Result<(), spacewright::Error> {
    let server = start().await;
    let page = server
        .add_content(Content::page("TEST", "Files"))
        .to_string();
    let wiki = builder(&server, &TestClock::new()).build().unwrap();
    let pieces = pieces.into_iter().map(|piece| piece.map(Into::into));
    let file = Upload::stream("a.txt", futures_util::stream::iter(pieces), length);
    wiki.attachments().create(page, file).await.map(drop)
}

#[tokio::test]
async fn an_upload_that_is_not_what_was_announced_is_no_success() {
    upload(vec![Ok("all"), Ok(" is well")], Some(11))
        .await
        .unwrap();
    upload(vec![Ok("all"), Ok(" is well")], None).await.unwrap();
    for (pieces, length, says) in [
        (
            vec![Ok("all"), Ok(" is well")],
            Some(10),
            "it is longer than the 10 bytes",
        ),
        (
            vec![Ok("all"), Ok(" is well")],
            Some(0),
            "it is longer than the 0 bytes",
        ),
        (vec![Ok("all")], Some(11), "it is shorter than the 11 bytes"),
        (vec![], Some(1), "it is shorter than the 1 bytes"),
        (
            vec![Ok("all"), Err(std::io::Error::other("the disk is gone"))],
            None,
            "the upload ended in an error (the disk is gone)",
        ),
    ] {
        let error = upload(pieces, length).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.attempts()),
            (ErrorKind::Interrupted, 1)
        );
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_no_attempt() {
    let server = start().await;
    let wiki = builder(&server, &TestClock::new()).build().unwrap();
    let file = Upload::path("/no/such/file");
    let error = wiki.attachments().create("7", file).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::InvalidInput, 0)
    );
    assert!(error.to_string().contains("No such file"), "{error}");
    server.requests().assert_none();
}
