//! What a request and its future take on the stack: applications hold many, in futures of their own.
#![cfg(feature = "confluence-dc")]
#![allow(clippy::unwrap_used)]

use spacewright::confluence_dc::Client;

/// The most that a future of an operation may take.
const MOST: usize = 4096;

#[test]
fn futures_and_requests_are_small() {
    let wiki = Client::builder("http://localhost").build().unwrap();
    let request = wiki.space().get("TEST");
    let list = wiki.admin_users().list_active();
    assert!(
        size_of_val(&request) < MOST / 2,
        "{}",
        size_of_val(&request)
    );
    assert!(size_of_val(&list) < MOST / 2, "{}", size_of_val(&list));
    assert!(size_of_val(&list.items()) < MOST);
    let whole = wiki.space().get("TEST").send();
    assert!(size_of_val(&whole) < MOST);
    assert!(size_of_val(&request.into_future()) < MOST);
    let awaiting = async { wiki.space().get("TEST").expand("homepage").await };
    assert!(size_of_val(&awaiting) < MOST, "{}", size_of_val(&awaiting));
}
