//! The two operations of the service.

use serde_json::{Value, json};
use url::form_urlencoded;
use wiremock::Request;

use super::state::{State, User, Workspace};
use crate::testing::pages::{self, Asked, Limits, NextLink, Page, Paging};
use crate::testing::server::{Answer, not_simulated};

/// Workspaces on a page: 20 unless said, 100 at most.
const LIMITS: Limits = Limits {
    default: 20,
    most: 100,
};

/// The answer to any request.
pub(super) fn respond(state: &mut State, request: &Request, paging: &Paging<'_>) -> Answer {
    if request.url.path().trim_end_matches('/') != "/workspaces" {
        return not_simulated(request);
    }
    let answer = caller(state, request).and_then(|user| {
        check_version(request)?;
        match request.method.as_str() {
            "GET" => list(state, &user, request, paging),
            "POST" => create(state, &user, request),
            _ => Err(failure(405, "The method is not allowed.").header("allow", "GET, POST")),
        }
    });
    answer.unwrap_or_else(|failure| failure)
}

/// A failure in a form of our own: the service's is not published.
pub(super) fn failure(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({ "message": message }))
}

/// Whom the token belongs to.
fn caller(state: &State, request: &Request) -> Result<User, Answer> {
    let header = request
        .headers
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    let Some((scheme, token)) = header.and_then(|value| value.split_once(' ')) else {
        return Err(failure(401, "The token is missing.").header("www-authenticate", "Bearer"));
    };
    state
        .user_with_token(token.trim())
        .filter(|_| scheme.eq_ignore_ascii_case("bearer"))
        .cloned()
        .ok_or_else(|| failure(401, "The token is not valid.").header("www-authenticate", "Bearer"))
}

/// The version asked for must be the one there is.
fn check_version(request: &Request) -> Result<(), Answer> {
    match request.headers.get("x-api-version") {
        Some(version) if version.as_bytes() != b"v1" => {
            Err(failure(400, "There is no such version."))
        }
        _ => Ok(()),
    }
}

/// `POST /workspaces`
fn create(state: &mut State, user: &User, request: &Request) -> Result<Answer, Answer> {
    if !user.may_create {
        return Err(failure(
            403,
            "The token does not allow creating workspaces.",
        ));
    }
    let body: Value = serde_json::from_slice(&request.body)
        .map_err(|_| failure(400, "The body could not be read as JSON."))?;
    let identifier = required(&body, "identifier")?;
    let mut workspace = Workspace::new(identifier)
        .name(required(&body, "name")?)
        .author(&user.id);
    workspace.workspace_type = required(&body, "workspace_type")?.to_owned();
    if !["single_user", "multi_user"].contains(&workspace.workspace_type.as_str()) {
        return Err(failure(
            400,
            "workspace_type must be single_user or multi_user.",
        ));
    }
    let owner = optional(&body, "owner_id")?.unwrap_or(&user.id);
    if !is_uuid(owner) {
        return Err(failure(400, "owner_id must be a UUID."));
    }
    workspace.owner_id = Some(owner.to_owned());
    workspace.domain_name = optional(&body, "domain_name")?.map(str::to_owned);
    if state
        .workspaces()
        .iter()
        .any(|known| known.identifier == identifier)
    {
        return Err(failure(
            409,
            "A workspace with this identifier exists already.",
        ));
    }
    let workspace = state.add_workspace(workspace);
    Ok(Answer::json(201, &workspace.json(user)))
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    let hexadecimal = |c: char| c.is_ascii_hexdigit() || c == '-';
    groups == [8, 4, 4, 4, 12] && text.chars().all(hexadecimal)
}

/// A text that must be there and say something.
fn required<'a>(body: &'a Value, key: &str) -> Result<&'a str, Answer> {
    optional(body, key)?
        .filter(|text| !text.trim().is_empty())
        .ok_or_else(|| failure(400, &format!("{key} is required.")))
}

/// A text that may be left out or null.
fn optional<'a>(body: &'a Value, key: &str) -> Result<Option<&'a str>, Answer> {
    match body.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(failure(400, &format!("{key} must be a string."))),
    }
}

/// `GET /workspaces`
fn list(
    state: &State,
    user: &User,
    request: &Request,
    paging: &Paging<'_>,
) -> Result<Answer, Answer> {
    let query = Query::of(request)?;
    let mut rows: Vec<&Workspace> = state
        .workspaces()
        .iter()
        .filter(|one| one.visible_to(user) && query.takes(one))
        .collect();
    query.sort(&mut rows);
    let per_page = query.per_page.unwrap_or(LIMITS.default).min(LIMITS.most);
    let asked = Asked {
        start: (query.page - 1).saturating_mul(per_page),
        limit: query.per_page,
    };
    let page = pages::cut(&rows, |_| true, asked, LIMITS, paging);
    let body: Vec<Value> = page.rows.iter().map(|one| one.json(user)).collect();
    let answer = Answer::json(200, &Value::from(body));
    Ok(match query.links(&state.origin, &page, rows.len()) {
        Some(links) => answer.header("link", links),
        None => answer,
    })
}

/// What the query of a list asks for.
struct Query {
    pairs: Vec<(String, String)>,
    page: usize,
    per_page: Option<usize>,
}

impl Query {
    fn of(request: &Request) -> Result<Self, Answer> {
        let pairs: Vec<(String, String)> = request.url.query_pairs().into_owned().collect();
        let mut query = Self {
            pairs,
            page: 1,
            per_page: None,
        };
        query.per_page = query.number("per_page")?;
        query.page = query.number("page")?.unwrap_or(1);
        let order = query.value("sort_order").unwrap_or("asc");
        if !["asc", "desc"].contains(&order) {
            return Err(failure(400, "sort_order must be asc or desc."));
        }
        if sort_key(&Workspace::new(""), query.sort_by()).is_none() {
            return Err(failure(400, "There is nothing of that name to sort by."));
        }
        Ok(query)
    }

    fn value(&self, key: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    /// A number from 1.
    fn number(&self, key: &str) -> Result<Option<usize>, Answer> {
        let Some(text) = self.value(key) else {
            return Ok(None);
        };
        match text.parse() {
            Ok(number) if number > 0 => Ok(Some(number)),
            _ => Err(failure(400, &format!("{key} must be a number from 1."))),
        }
    }

    fn sort_by(&self) -> &str {
        self.value("sort_by").unwrap_or("created_at")
    }

    /// Whether the filters let a workspace through.
    fn takes(&self, workspace: &Workspace) -> bool {
        let fits = |key: &str, value: Option<&String>| {
            self.value(key)
                .is_none_or(|wanted| value.is_some_and(|value| value == wanted))
        };
        fits("id", Some(&workspace.id))
            && fits("created_by", workspace.created_by.as_ref())
            && fits("updated_by", workspace.updated_by.as_ref())
    }

    /// Stable: what is equal stays in the order in which it was made.
    fn sort(&self, rows: &mut [&Workspace]) {
        let by = self.sort_by();
        if self.value("sort_order") == Some("desc") {
            rows.sort_by(|a, b| sort_key(b, by).cmp(&sort_key(a, by)));
        } else {
            rows.sort_by(|a, b| sort_key(a, by).cmp(&sort_key(b, by)));
        }
    }

    /// The `link` header; there is none when everything fits on one page.
    fn links(&self, origin: &str, page: &Page<&Workspace>, total: usize) -> Option<String> {
        let per_page = page.limit.max(1);
        if page.next.is_none() && page.start == 0 && total <= per_page {
            return None;
        }
        let number = page.start / per_page + 1;
        let mut links = Vec::new();
        let mut link = |rel: &str, number: usize, per_page: usize| {
            links.push(format!(
                "<{}>; rel=\"{rel}\"",
                self.address(origin, page, number, per_page)
            ));
        };
        if let Some(next) = page.next {
            // A page is counted by its own length, so the length goes with the number.
            let step = next
                .start
                .checked_sub(page.start)
                .filter(|step| *step > 0)
                .unwrap_or(per_page);
            link("next", next.start / step + 1, step);
        }
        if number > 1 {
            link("prev", number - 1, per_page);
        }
        link("first", 1, per_page);
        link("last", total.div_ceil(per_page).max(1), per_page);
        Some(links.join(", "))
    }

    /// The address of another page of the same list. There is no context path here that could be
    /// doubled or missing.
    fn address(
        &self,
        origin: &str,
        page: &Page<&Workspace>,
        number: usize,
        per_page: usize,
    ) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(
            self.pairs
                .iter()
                .filter(|(key, _)| key != "page" && key != "per_page"),
        );
        query.append_pair("page", &number.to_string());
        query.append_pair("per_page", &per_page.to_string());
        let origin = match &page.link {
            Some(NextLink::Relative) => "",
            Some(NextLink::OtherHost(other)) => other.trim_end_matches('/'),
            _ => origin,
        };
        format!("{origin}/workspaces?{}", query.finish())
    }
}

/// What a workspace is sorted by; `None` when there is no such field.
fn sort_key<'a>(workspace: &'a Workspace, by: &str) -> Option<&'a str> {
    match by {
        "id" => Some(&workspace.id),
        "identifier" => Some(&workspace.identifier),
        "name" => Some(&workspace.name),
        "workspace_type" => Some(&workspace.workspace_type),
        "created_at" => Some(&workspace.created_at),
        "updated_at" => Some(&workspace.updated_at),
        "owner_id" => Some(workspace.owner_id.as_deref().unwrap_or_default()),
        "domain_name" => Some(workspace.domain_name.as_deref().unwrap_or_default()),
        "created_by" => Some(workspace.created_by.as_deref().unwrap_or_default()),
        "updated_by" => Some(workspace.updated_by.as_deref().unwrap_or_default()),
        _ => None,
    }
}
