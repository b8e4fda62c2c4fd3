//! What was changed, by whom: the audit log lists it, and webhooks are called for it.

use serde_json::{Value, json};

use super::call::Caller;
use super::clock::Moment;
use super::seed::{Content, Space, User};
use super::state::State;
use super::webhook_calls;
use crate::confluence_dc::types::WebhookEvent;

/// Most changes that the audit log holds; then the oldest go, as they do in a real one that is full.
const MOST_RECORDS: usize = 10_000;

/// A change.
#[derive(Debug)]
pub(super) struct Change {
    /// What webhooks are called for, and what such a call says that it is about.
    pub(super) events: Vec<(String, Value)>,
    /// What the audit log says; it does not hold what ordinary work on contents is.
    pub(super) entry: Option<Entry>,
    about: Value,
}

/// A line of the audit log.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) category: &'static str,
    pub(super) summary: String,
    pub(super) object: Named,
    /// What else the change is about.
    pub(super) others: Vec<Named>,
}

/// A thing by its name.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) kind: &'static str,
    pub(super) name: String,
}

/// A change that was made.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) when: Moment,
    pub(super) by: Caller,
    pub(super) entry: Entry,
}

impl Change {
    /// A change that only the audit log knows of.
    pub(super) fn of(
        category: &'static str,
        summary: impl Into<String>,
        kind: &'static str,
        name: impl Into<String>,
    ) -> Self {
        let object = Named {
            kind,
            name: name.into(),
        };
        let entry = Entry {
            category,
            summary: summary.into(),
            object,
            others: Vec::new(),
        };
        Self {
            events: Vec::new(),
            entry: Some(entry),
            about: json!({}),
        }
    }

    /// A change of a user.
    pub(super) fn user(user: &User, summary: &str) -> Self {
        let profile =
            json!({ "userKey": user.key, "email": user.email, "fullName": user.full_name });
        Self {
            about: json!({ "userProfile": profile }),
            ..Self::of("Users and groups", summary, "User", &user.full_name)
        }
    }

    /// A change of a group.
    pub(super) fn group(name: &str, summary: &str) -> Self {
        Self {
            about: json!({ "group": name }),
            ..Self::of("Users and groups", summary, "Group", name)
        }
    }

    /// A change of a space.
    pub(super) fn space(space: &Space, category: &'static str, summary: &str) -> Self {
        Self {
            about: json!({ "space": { "id": space.id } }),
            ..Self::of(category, summary, "Space", &space.name)
        }
    }

    /// A change of a content, such as `updated`. The audit log holds the deletions only.
    pub(super) fn content(content: &Content, done: &str) -> Self {
        let (kind, name) = match content.kind.as_str() {
            "page" => ("page", "Page"),
            "blogpost" => ("blog", "Blog post"),
            "comment" => ("comment", "Comment"),
            "attachment" => ("attachment", "Attachment"),
            _ => ("content", "Content"),
        };
        let mut change = Self::of("Pages", format!("{name} {done}"), name, &content.title);
        if !matches!(done, "trashed" | "removed") {
            change.entry = None;
        }
        let this = json!({ "id": content.id });
        change.about = match kind {
            "attachment" => {
                json!({ "attachments": [this], "attachedTo": { "id": content.parent } })
            }
            _ => json!({ kind: this }),
        };
        let mut change = change.event(&format!("{kind}_{done}"));
        change.about = json!({ "content": this });
        change.event(&format!("content_{done}"))
    }

    /// A change of who may see or edit a content.
    pub(super) fn restrictions(content: &Content) -> Self {
        let summary = "Content restrictions updated";
        let change = Self {
            about: json!({ "content": { "id": content.id } }),
            ..Self::of("Permissions", summary, "Content", &content.title)
        };
        change.event("content_permissions_updated")
    }

    /// A change of the labels of a content.
    pub(super) fn label(content: &Content, name: &str, event: &str) -> Self {
        let labels = content.labels.iter().map(|label| json!({ "name": label }));
        let labelled = json!({ "id": content.id, "labels": labels.collect::<Value>() });
        Self::unlogged(json!({ "label": { "name": name }, "labeled": labelled })).event(event)
    }

    /// A page that was below another one before, or at the top.
    pub(super) fn moved(page: &Content, before: Option<u64>) -> Self {
        let parent = |id: Option<u64>| id.map(|id| json!({ "id": id }));
        let about = json!({
            "page": { "id": page.id },
            "oldParent": parent(before),
            "newParent": parent(page.parent),
        });
        Self::unlogged(about).event("page_moved")
    }

    /// A change that only webhooks are called for.
    fn unlogged(about: Value) -> Self {
        Self {
            events: Vec::new(),
            entry: None,
            about,
        }
    }

    /// Has webhooks called for it, if they know of such an event.
    pub(super) fn event(mut self, event: &str) -> Self {
        let new = self.events.iter().all(|(name, _)| name != event);
        if new && WebhookEvent::KNOWN.contains(&event) {
            self.events.push((event.to_owned(), self.about.clone()));
        }
        self
    }

    /// Names something else that it is about.
    pub(super) fn with(mut self, kind: &'static str, name: impl Into<String>) -> Self {
        let other = Named {
            kind,
            name: name.into(),
        };
        if let Some(entry) = self.entry.as_mut() {
            entry.others.push(other);
        }
        self
    }
}

/// Notes a change that a caller made: in the log, and by a call of each webhook that waits for it.
pub(super) fn note(state: &mut State, by: &Caller, change: Change) {
    let when = state.clock.tick();
    webhook_calls::call_all(state, by, when, &change);
    if let Some(entry) = change.entry {
        let by = by.clone();
        state.journal.push_back(Record { when, by, entry });
        if state.journal.len() > MOST_RECORDS {
            state.journal.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_log_forgets_the_oldest() {
        let mut state = State::default();
        for number in 0..MOST_RECORDS + 2 {
            let change = Change::group(&number.to_string(), "Group created");
            note(&mut state, &Caller::Anonymous, change);
        }
        assert_eq!(state.journal.len(), MOST_RECORDS);
        let ends = [state.journal.front(), state.journal.back()];
        let names = ends.map(|record| record.map(|record| record.entry.object.name.as_str()));
        assert_eq!(names, [Some("2"), Some("10001")]);
    }
}
