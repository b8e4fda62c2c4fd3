//! The same answers in types written by hand: with the crate's fields, so that both sides build the same,
//! but closed enums, and times that are parsed. What only an expansion brings is kept as it comes.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Deserializer, Serialize};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewUser<'a> {
    pub user_name: &'a str,
    pub full_name: &'a str,
    pub email: &'a str,
    pub password: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserKey {
    pub user_key: Option<String>,
}

#[derive(Deserialize)]
pub struct Page<T> {
    pub results: Vec<T>,
    pub start: Option<i64>,
    pub limit: Option<i64>,
    pub size: Option<i64>,
    #[serde(rename = "_links")]
    pub links: Option<Box<Links>>,
}

#[derive(Deserialize)]
pub struct Links {
    pub base: Option<String>,
    pub collection: Option<String>,
    pub context: Option<String>,
    pub download: Option<String>,
    pub edit: Option<String>,
    pub next: Option<String>,
    pub prev: Option<String>,
    #[serde(rename = "self")]
    pub own: Option<String>,
    pub thumbnail: Option<String>,
    pub tinyui: Option<String>,
    pub webui: Option<String>,
}

/// What only an expansion brings.
type Expanded = Option<Box<serde_json::Value>>;

type Expandable = Option<BTreeMap<String, String>>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    #[serde(rename = "type")]
    pub kind: Option<UserType>,
    pub username: Option<String>,
    pub user_key: Option<String>,
    pub display_name: Option<String>,
    pub status: Option<String>,
    pub profile_picture: Option<Icon>,
    #[serde(rename = "_links")]
    pub links: Option<Box<Links>>,
    #[serde(rename = "_expandable")]
    pub expandable: Expandable,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserType {
    Known,
    Unknown,
    Anonymous,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Icon {
    pub path: Option<String>,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub is_default: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Space {
    pub id: i64,
    pub key: String,
    pub name: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<SpaceType>,
    pub status: Option<SpaceStatus>,
    pub description: Option<Box<Body>>,
    pub homepage: Option<Box<Content>>,
    pub icon: Option<Icon>,
    pub creator: Option<Box<User>>,
    #[serde(default, deserialize_with = "time")]
    pub creation_date: Option<DateTime<FixedOffset>>,
    pub last_modifier: Option<Box<User>>,
    #[serde(default, deserialize_with = "time")]
    pub last_modification_date: Option<DateTime<FixedOffset>>,
    pub metadata: Expanded,
    pub permissions: Option<serde_json::Value>,
    pub retention_policy: Expanded,
    #[serde(rename = "_links")]
    pub links: Option<Box<Links>>,
    #[serde(rename = "_expandable")]
    pub expandable: Expandable,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SpaceType {
    Global,
    Personal,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SpaceStatus {
    Current,
    Archived,
}

#[derive(Deserialize)]
pub struct Body {
    pub storage: Option<Box<ContentBody>>,
    pub view: Option<Box<ContentBody>>,
    pub editor: Option<Box<ContentBody>>,
    pub editor2: Option<Box<ContentBody>>,
    pub export_view: Option<Box<ContentBody>>,
    pub styled_view: Option<Box<ContentBody>>,
    pub anonymous_export_view: Option<Box<ContentBody>>,
    pub wiki: Option<Box<ContentBody>>,
    pub plain: Option<Box<ContentBody>>,
    pub raw: Option<Box<ContentBody>>,
    #[serde(rename = "_expandable")]
    pub expandable: Expandable,
}

#[derive(Deserialize)]
pub struct ContentBody {
    pub value: Option<String>,
    pub representation: Option<Representation>,
    pub content: Option<Box<Content>>,
    pub webresource: Expanded,
    #[serde(rename = "_links")]
    pub links: Option<Box<Links>>,
    #[serde(rename = "_expandable")]
    pub expandable: Expandable,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Representation {
    Storage,
    View,
    Editor,
    ExportView,
    StyledView,
    Plain,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: ContentType,
    pub status: Option<ContentStatus>,
    pub title: Option<String>,
    pub position: Option<i32>,
    pub version: Option<Box<Version>>,
    pub body: Option<Box<Body>>,
    pub space: Option<Box<Space>>,
    pub ancestors: Option<Vec<Content>>,
    pub extensions: Option<serde_json::Map<String, serde_json::Value>>,
    pub children: Expanded,
    pub container: Expanded,
    pub descendants: Expanded,
    pub extracted_text_link: Option<String>,
    pub history: Expanded,
    pub metadata: Expanded,
    pub operations: Option<Vec<serde_json::Value>>,
    pub relevant_view_restrictions: Expanded,
    pub restrictions: Expanded,
    #[serde(rename = "_links")]
    pub links: Option<Box<Links>>,
    #[serde(rename = "_expandable")]
    pub expandable: Expandable,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContentType {
    Page,
    BlogPost,
    Comment,
    Attachment,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContentStatus {
    Current,
    Trashed,
    Historical,
    Draft,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    pub by: Option<Box<User>>,
    #[serde(default, deserialize_with = "time")]
    pub when: Option<DateTime<FixedOffset>>,
    pub message: Option<String>,
    pub number: Option<i32>,
    pub minor_edit: Option<bool>,
    pub hidden: Option<bool>,
    pub sync_rev: Option<String>,
    pub content: Option<Box<Content>>,
    #[serde(rename = "_links")]
    pub links: Option<Box<Links>>,
    #[serde(rename = "_expandable")]
    pub expandable: Expandable,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    pub status_code: Option<u16>,
    pub data: Option<serde_json::Value>,
    pub message: Option<String>,
    pub reason: Option<String>,
}

#[derive(Deserialize)]
pub struct CloudPages {
    pub results: Vec<CloudPage>,
    #[serde(rename = "_links")]
    pub links: Option<CloudListLinks>,
}

#[derive(Deserialize)]
pub struct CloudListLinks {
    pub base: Option<String>,
    pub next: Option<String>,
    #[serde(rename = "self")]
    pub own: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CloudPage {
    pub id: String,
    pub status: Option<ContentStatus>,
    pub title: Option<String>,
    pub space_id: Option<String>,
    pub parent_id: Option<String>,
    pub parent_type: Option<ContentType>,
    pub position: Option<i32>,
    pub author_id: Option<String>,
    pub owner_id: Option<String>,
    pub last_owner_id: Option<String>,
    #[serde(default, deserialize_with = "time")]
    pub created_at: Option<DateTime<FixedOffset>>,
    pub version: Option<CloudVersion>,
    pub body: Option<Box<CloudBody>>,
    #[serde(rename = "_links")]
    pub links: Option<CloudLinks>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CloudVersion {
    pub author_id: Option<String>,
    #[serde(default, deserialize_with = "time")]
    pub created_at: Option<DateTime<FixedOffset>>,
    pub message: Option<String>,
    pub minor_edit: Option<bool>,
    pub number: Option<i32>,
}

#[derive(Deserialize)]
pub struct CloudBody {
    pub storage: Option<CloudText>,
    pub atlas_doc_format: Option<CloudText>,
    pub view: Option<CloudText>,
}

#[derive(Deserialize)]
pub struct CloudText {
    pub representation: Option<String>,
    pub value: Option<String>,
}

#[derive(Deserialize)]
pub struct CloudLinks {
    pub base: Option<String>,
    pub download: Option<String>,
    pub editui: Option<String>,
    pub tinyui: Option<String>,
    pub webui: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Marketplace {
    pub spaces: Vec<Entry>,
    pub is_last: Option<bool>,
    pub next_page_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    pub space_id: String,
    pub index: Option<String>,
}

#[derive(Deserialize)]
pub struct Workspace {
    pub id: String,
    pub identifier: String,
    pub name: String,
    pub workspace_type: WorkspaceType,
    pub owner_id: Option<String>,
    pub domain_name: Option<String>,
    #[serde(default, deserialize_with = "time")]
    pub created_at: Option<DateTime<FixedOffset>>,
    #[serde(default, deserialize_with = "time")]
    pub updated_at: Option<DateTime<FixedOffset>>,
    pub created_by: Option<String>,
    pub updated_by: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkspaceType {
    SingleUser,
    MultiUser,
}

/// A time in either of the forms that Confluence has.
fn time<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime<FixedOffset>>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let time = DateTime::parse_from_rfc3339(&text)
        .or_else(|_| DateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f%z"));
    time.map(Some).map_err(serde::de::Error::custom)
}
