//! The answers that the server gives, in the shape and size that real ones have.

/// The items of the long list.
pub const USERS: u64 = 20_000;

/// A space with its description and homepage, some 2 KB.
pub fn space() -> String {
    format!(
        r#"{{"id":98306,"key":"TEST","name":"Test space","type":"global","status":"current",
"description":{{"plain":{{"value":"Where things are tried out.","representation":"plain","_expandable":{{}}}},"_expandable":{{"view":""}}}},
"homepage":{},
"creator":{},"creationDate":"2024-10-09T11:51:59.233+11:00",
"lastModifier":{},"lastModificationDate":"2024-11-09T11:51:59.233+11:00",
"_links":{{"webui":"/display/TEST","collection":"/rest/api/space","base":"http://localhost:8080/confluence","context":"/confluence","self":"http://localhost:8080/confluence/rest/api/space/TEST"}},
"_expandable":{{"metadata":"","icon":"","permissions":"","retentionPolicy":""}}}}"#,
        content(98_306, 0),
        user(1),
        user(2),
    )
}

/// A user as they appear in lists.
pub fn user(number: u64) -> String {
    format!(
        r#"{{"type":"known","username":"user{number}","userKey":"{number:032x}","profilePicture":{{"path":"/images/icons/profilepics/default.svg","width":48,"height":48,"isDefault":true}},"displayName":"User Number {number}","_links":{{"self":"http://localhost:8080/confluence/rest/api/user?key={number:032x}"}},"_expandable":{{"status":""}}}}"#
    )
}

/// A page of the long list.
pub fn users(start: u64, limit: u64) -> String {
    let end = USERS.min(start + limit);
    let users: Vec<String> = (start..end).map(user).collect();
    let next = match end < USERS {
        true => format!(r#","next":"/rest/api/admin/users/list/active?limit={limit}&start={end}""#),
        false => String::new(),
    };
    format!(
        r#"{{"results":[{}],"start":{start},"limit":{limit},"size":{},"_links":{{"base":"http://localhost:8080/confluence","context":"/confluence"{next}}}}}"#,
        users.join(","),
        users.len()
    )
}

/// A page of content, with a body of the given size.
pub fn content(id: u64, body: usize) -> String {
    let text = "<p>Lorem ipsum dolor sit amet, &quot;consetetur&quot;.</p>".repeat(body / 58);
    format!(
        r#"{{"id":"{id}","type":"page","status":"current","title":"Page {id}","position":-1,
"version":{{"by":{},"when":"2024-10-09T11:51:59.233+11:00","message":"","number":3,"minorEdit":false,"hidden":false,"syncRev":"0.confluence$content$393219.3","_links":{{"self":"http://localhost:8080/confluence/rest/experimental/content/{id}/version/3"}},"_expandable":{{"content":"/rest/api/content/{id}"}}}},
"body":{{"storage":{{"value":"{text}","representation":"storage","_expandable":{{"content":"/rest/api/content/{id}"}}}},"_expandable":{{"editor":"","view":"","export_view":"","styled_view":""}}}},
"_links":{{"webui":"/display/TEST/Page+{id}","edit":"/pages/resumedraft.action?draftId={id}","tinyui":"/x/AwAG","self":"http://localhost:8080/confluence/rest/api/content/{id}"}},
"_expandable":{{"container":"/rest/api/space/TEST","metadata":"","operations":"","children":"/rest/api/content/{id}/child","restrictions":"/rest/api/content/{id}/restriction/byOperation","history":"/rest/api/content/{id}/history","ancestors":"","descendants":"/rest/api/content/{id}/descendant","space":"/rest/api/space/TEST"}}}}"#,
        user(id)
    )
}

/// What Data Center answers when a user was created.
pub const CREATED: &str = r#"{"userKey":"2c95808390139223019013bdb7ec0000"}"#;

/// Data Center's error for a space that is not there.
pub const NOT_FOUND: &str = r#"{"statusCode":404,"data":{"authorized":false,"valid":true,"allowedInReadOnlyMode":true,"errors":[],"successful":false},"message":"No space with key : NONE","reason":"Not Found"}"#;

/// Data Center's largest usual answer: 100 pages of content with their bodies.
pub fn contents() -> String {
    let contents: Vec<String> = (1..=100).map(|id| content(id, 2000)).collect();
    format!(
        r#"{{"results":[{}],"start":0,"limit":100,"size":100,"_links":{{"base":"http://localhost:8080/confluence","context":"/confluence"}}}}"#,
        contents.join(",")
    )
}

/// Cloud's: 250 pages with their bodies.
pub fn cloud_pages() -> String {
    let text = "<p>Lorem ipsum dolor sit amet, &quot;consetetur&quot;.</p>".repeat(40);
    let pages: Vec<String> = (1..=250)
        .map(|id| {
            format!(
                r#"{{"id":"{id}","status":"current","title":"Page {id}","spaceId":"98306","parentId":"1","parentType":"page","position":{id},"authorId":"5b10ac8d82e05b22cc7d4ef5","ownerId":"5b10ac8d82e05b22cc7d4ef5","lastOwnerId":null,"createdAt":"2024-10-09T11:51:59.233Z","version":{{"createdAt":"2024-10-09T11:51:59.233Z","message":"","number":3,"minorEdit":false,"authorId":"5b10ac8d82e05b22cc7d4ef5"}},"body":{{"storage":{{"representation":"storage","value":"{text}"}}}},"_links":{{"webui":"/spaces/TEST/pages/{id}","editui":"/pages/resumedraft.action?draftId={id}","tinyui":"/x/AwAG"}}}}"#
            )
        })
        .collect();
    format!(
        r#"{{"results":[{}],"_links":{{"next":"/wiki/api/v2/pages?limit=250&cursor=eyJpZCI6IjI1MCJ9","base":"https://example.atlassian.net/wiki"}}}}"#,
        pages.join(",")
    )
}

/// Onezone's: a page of 1000 entries of the marketplace.
pub fn marketplace() -> String {
    let entries: Vec<String> = (0..1000)
        .map(|number| {
            format!(r#"{{"spaceId":"{number:032x}","index":"{number:08}:{number:032x}"}}"#)
        })
        .collect();
    format!(
        r#"{{"spaces":[{}],"isLast":false,"nextPageToken":"MTAwMA=="}}"#,
        entries.join(",")
    )
}

/// Delay's: 100 workspaces.
pub fn workspaces() -> String {
    let workspaces: Vec<String> = (0..100)
        .map(|number| {
            format!(
                r#"{{"id":"00000000-0000-4000-8000-{number:012}","identifier":"workspace-{number}","name":"Workspace {number}","workspace_type":"multi_user","owner_id":"00000000-0000-4000-8000-000000000001","domain_name":null,"created_at":"2024-10-09T11:51:59.233Z","updated_at":"2024-10-09T11:51:59.233Z","created_by":"root","updated_by":"root"}}"#
            )
        })
        .collect();
    format!("[{}]", workspaces.join(","))
}
