//! Values of every kind of type that bodies are made of.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::long_task::TaskStatus;
use crate::{NumberOrText, Position, confluence_cloud, confluence_dc, onezone, workspaces};

/// A value that was read is written so that it is read as the same again. The first byte says as what.
pub fn value(bytes: &[u8]) {
    let Some((number, text)) = bytes.split_first() else {
        return;
    };
    if let Some(read) = READERS.get(usize::from(*number) % READERS.len()) {
        read(text);
    }
}

const READERS: &[fn(&[u8])] = &[
    stable::<confluence_dc::types::Space>,
    stable::<confluence_dc::types::ContentPage>,
    stable::<confluence_dc::types::ContentCursorPage>,
    stable::<confluence_dc::types::UserPage>,
    stable::<confluence_dc::types::SearchResultPage>,
    stable::<confluence_cloud::types::PagePage>,
    stable::<confluence_cloud::types::SpacePage>,
    stable::<confluence_cloud::types::ContentNodePage>,
    stable::<confluence_cloud::types::TaskPage>,
    stable::<confluence_cloud::v1::types::ContentPage>,
    stable::<confluence_cloud::v1::types::SearchPage>,
    stable::<onezone::types::Caveat>,
    stable::<onezone::types::Invitation>,
    stable::<onezone::types::NamedToken>,
    stable::<onezone::types::MarketplacePage>,
    stable::<onezone::types::Group>,
    stable::<Vec<workspaces::types::Workspace>>,
    stable::<NumberOrText>,
    stable::<Position>,
    task::<confluence_dc::types::LongTaskStatus>,
    task::<confluence_dc::types::BackupRestoreJob>,
    task::<confluence_dc::types::ReindexStatus>,
    task::<confluence_cloud::v1::types::LongTaskStatus>,
    task::<confluence_cloud::types::PermissionTransitionTask>,
];

fn stable<T: DeserializeOwned + Serialize + Debug>(text: &[u8]) {
    let Ok(value) = serde_json::from_slice::<T>(text) else {
        return;
    };
    let write = |value: &T| serde_json::to_value(value).ok();
    let written = write(&value);
    let again = written
        .clone()
        .and_then(|value| serde_json::from_value::<T>(value).ok());
    assert_eq!(again.as_ref().and_then(write), written, "{value:?}");
    assert!(written.is_some());
}

fn task<S: TaskStatus>(text: &[u8]) {
    if let Ok(status) = serde_json::from_slice::<S>(text) {
        let _ = status.outcome();
        assert!(status.percent().is_none_or(|percent| percent <= 100));
    }
    stable::<S>(text);
}
