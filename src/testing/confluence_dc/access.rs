//! Who is asking, and what they may see and do.

use std::collections::BTreeSet;

use wiremock::Request;

use super::call::Caller;
use super::problem::Problem;
use super::seed::{Content, Grant, OAuthScope, Restriction, Space, Subject};
use super::state::State;

/// Who may do what.
impl State {
    /// Who sends a request.
    pub(super) fn sender(&self, request: &Request) -> Result<Caller, Problem> {
        let authorization = request.headers.get("authorization");
        self.caller(authorization.and_then(|value| value.to_str().ok()))
    }

    /// Who a caller is by the `Authorization` header.
    pub(super) fn caller(&self, authorization: Option<&str>) -> Result<Caller, Problem> {
        let Some(authorization) = authorization else {
            return self.nobody();
        };
        let (scheme, value) = authorization.split_once(' ').unwrap_or_default();
        let known = match scheme.to_ascii_lowercase().as_str() {
            "bearer" => self.by_token(value),
            "basic" => self
                .by_password(value)
                .map(|name| (name, OAuthScope::SystemAdmin)),
            _ => None,
        };
        let active = |name: &String| self.users.get(name).is_some_and(|user| user.active);
        match known.filter(|(name, _)| active(name)) {
            Some((name, scope)) if self.permitted_globally(&name, "application", "use") => {
                Ok(Caller::User { name, scope })
            }
            Some(_) => Err(Problem::forbidden(
                "You are not permitted to use Confluence",
            )),
            None => Err(Problem::unauthorized()),
        }
    }

    fn nobody(&self) -> Result<Caller, Problem> {
        let allowed = Grant::new(Subject::Anonymous, "application", "use");
        if self.permissions.contains(&allowed) {
            Ok(Caller::Anonymous)
        } else {
            Err(Problem::unauthorized())
        }
    }

    /// The user of a personal access token, which does all that they may, or of one of an application.
    fn by_token(&self, token: &str) -> Option<(String, OAuthScope)> {
        let personal = self.tokens.get(token).cloned();
        personal
            .map(|name| (name, OAuthScope::SystemAdmin))
            .or_else(|| self.oauth.holder(token))
    }

    fn by_password(&self, value: &str) -> Option<String> {
        use base64::Engine as _;
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(value)
            .ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (name, password) = text.split_once(':')?;
        self.users
            .get(name)
            .filter(|user| user.has_password(password))
            .map(|user| user.name.clone())
    }

    fn permitted_globally(&self, user: &str, target: &str, operation: &str) -> bool {
        granted(
            &self.permissions,
            user,
            &self.groups_of(user),
            target,
            operation,
        )
    }

    /// Whether a user administers the whole site and all in it, whatever their credentials allow.
    pub(super) fn is_superuser(&self, caller: &Caller) -> bool {
        let name = caller.name();
        name.is_some_and(|name| self.permitted_globally(name, "system", "administer"))
    }

    /// Whether the caller may administer the whole site.
    pub(super) fn is_system_admin(&self, caller: &Caller) -> bool {
        reaches(caller, OAuthScope::SystemAdmin) && self.is_superuser(caller)
    }

    /// Whether the caller may administer Confluence.
    pub(super) fn is_admin(&self, caller: &Caller) -> bool {
        let permitted = |name| self.permitted_globally(name, "application", "administer");
        reaches(caller, OAuthScope::Admin)
            && (self.is_superuser(caller) || caller.name().is_some_and(permitted))
    }

    pub(super) fn need_system_admin(&self, caller: &Caller) -> Result<(), Problem> {
        if self.is_system_admin(caller) {
            return Ok(());
        }
        Err(Problem::forbidden(
            "Only a system administrator may do this",
        ))
    }

    pub(super) fn need_admin(&self, caller: &Caller) -> Result<(), Problem> {
        if self.is_admin(caller) {
            return Ok(());
        }
        Err(Problem::forbidden(
            "Only a Confluence administrator may do this",
        ))
    }

    /// The login name of the caller, who must not be anonymous.
    pub(super) fn need_user(&self, caller: &Caller) -> Result<String, Problem> {
        let name = caller.name().map(str::to_owned);
        name.ok_or_else(Problem::unauthorized)
    }

    /// Whether the caller has a permission for the whole site.
    pub(super) fn may_globally(&self, caller: &Caller, target: &str, operation: &str) -> bool {
        let permitted = |name| self.permitted_globally(name, target, operation);
        self.is_superuser(caller) || caller.name().is_some_and(permitted)
    }

    /// Whether the caller has a permission in a space.
    pub(super) fn may(
        &self,
        caller: &Caller,
        space: &Space,
        target: &str,
        operation: &str,
    ) -> bool {
        let by_name = |name| {
            let groups = self.groups_of(name);
            granted(&space.permissions, name, &groups, target, operation)
        };
        self.is_superuser(caller)
            || caller.name().is_some_and(by_name)
            || space
                .permissions
                .contains(&Grant::new(Subject::Anonymous, target, operation))
    }

    /// A space that the caller may see.
    pub(super) fn visible_space(&self, caller: &Caller, key: &str) -> Result<&Space, Problem> {
        let space = self
            .spaces
            .get(key)
            .filter(|space| self.may(caller, space, "space", "read"));
        space.ok_or_else(|| Problem::not_found(format!("No space with key : {key}")))
    }

    /// A space that the caller administers.
    pub(super) fn administered_space(&self, caller: &Caller, key: &str) -> Result<&Space, Problem> {
        let space = self.visible_space(caller, key)?;
        if self.may(caller, space, "space", "administer") {
            return Ok(space);
        }
        Err(Problem::forbidden(format!(
            "You do not administer the space {key}"
        )))
    }

    /// The same, to be changed.
    pub(super) fn administered_space_mut(
        &mut self,
        caller: &Caller,
        key: &str,
    ) -> Result<&mut Space, Problem> {
        self.administered_space(caller, key)?;
        self.spaces
            .get_mut(key)
            .ok_or_else(|| Problem::not_found(format!("No space with key : {key}")))
    }

    /// Requires a permission in a space, which the caller may see.
    pub(super) fn need_in_space(
        &self,
        caller: &Caller,
        key: &str,
        target: &str,
        operation: &str,
    ) -> Result<(), Problem> {
        let space = self.visible_space(caller, key)?;
        if self.may(caller, space, target, operation) {
            return Ok(());
        }
        Err(Problem::forbidden(format!(
            "You do not have the permission {target} {operation} in the space {key}"
        )))
    }

    /// Whether the caller made a content.
    pub(super) fn owns(&self, caller: &Caller, content: &Content) -> bool {
        caller.name() == Some(content.creator.as_str())
    }

    /// Whether a restriction lets the caller through.
    fn admitted(&self, caller: &Caller, restriction: &Restriction) -> bool {
        let by_name = |name| restriction.admits(name, &self.groups_of(name));
        restriction.is_empty() || caller.name().is_some_and(by_name) || self.is_superuser(caller)
    }

    /// Whether the caller may see a content: a restriction holds for what is below it too.
    pub(super) fn sees(&self, caller: &Caller, content: &Content) -> bool {
        let above = self.ancestors(content);
        let above = above.iter().filter_map(|id| self.contents.get(id));
        std::iter::once(content)
            .chain(above)
            .all(|content| self.admitted(caller, &content.viewers))
            && self
                .spaces
                .get(&content.space)
                .is_some_and(|space| self.may(caller, space, "space", "read"))
    }

    /// A content that the caller may see.
    pub(super) fn visible_content(&self, caller: &Caller, id: &str) -> Result<&Content, Problem> {
        let found = self.content_by_id(id);
        let content = found.filter(|content| self.sees(caller, content));
        content.ok_or_else(|| {
            Problem::not_found(format!("No content found with id: ContentId{{id={id}}}"))
        })
    }

    /// A content by the id in a path: that of an attachment may have `att` before it.
    fn content_by_id(&self, id: &str) -> Option<&Content> {
        let bare = id.strip_prefix("att");
        let content = self.contents.get(&bare.unwrap_or(id).parse().ok()?)?;
        (bare.is_none() || content.kind == "attachment").then_some(content)
    }

    /// A content, to be changed.
    pub(super) fn content_mut(&mut self, id: u64) -> Result<&mut Content, Problem> {
        self.contents
            .get_mut(&id)
            .ok_or_else(|| Problem::not_found(format!("No content found with id: {id}")))
    }

    /// A content that the caller may edit.
    pub(super) fn editable_content_mut(
        &mut self,
        caller: &Caller,
        id: &str,
    ) -> Result<&mut Content, Problem> {
        let content = self.visible_content(caller, id)?;
        let (id, kind, space) = (content.id, content.kind.clone(), content.space.clone());
        let admitted = self.admitted(caller, &content.editors);
        let space = self.spaces.get(&space);
        if !admitted || !space.is_some_and(|space| self.may(caller, space, &kind, "create")) {
            return Err(Problem::forbidden(
                "You do not have permission to edit this content",
            ));
        }
        self.content_mut(id)
    }
}

/// Whether the credentials of a caller allow so much, if they themselves may do it.
fn reaches(caller: &Caller, least: OAuthScope) -> bool {
    matches!(caller, Caller::User { scope, .. } if *scope >= least)
}

/// Whether a permission was granted to a user or one of their groups.
fn granted(
    grants: &BTreeSet<Grant>,
    user: &str,
    groups: &BTreeSet<&str>,
    target: &str,
    operation: &str,
) -> bool {
    grants.iter().any(|grant| {
        grant.target == target
            && grant.operation == operation
            && match &grant.subject {
                Subject::User(name) => name == user,
                Subject::Group(name) => groups.contains(name.as_str()),
                Subject::Anonymous | Subject::Unlicensed => false,
            }
    })
}
