//! How content is added to the site, found, changed and removed.

use std::collections::BTreeSet;
use std::iter::successors;

use super::call::Call;
use super::contents::Content;
use super::kinds::Kind;
use super::problem::Problem;
use super::seed::Space;
use super::state::State;

fn missing(noun: &str) -> Problem {
    Problem::not_found(format!("There is no such {noun}, or you may not see it"))
}

impl State {
    /// Adds content with its first version, and answers its id.
    pub(super) fn add_content(&mut self, content: impl Into<Content>) -> String {
        let mut content = content.into();
        let number = self.number(content.id.trim_start_matches("att"));
        content.id = number.to_string();
        let now = self.time();
        if content.created_at.is_empty() {
            content.created_at.clone_from(&now);
        }
        if content.status.is_empty() {
            "current".clone_into(&mut content.status);
        }
        if content.kind.is_post() {
            self.put_into_space(&mut content);
        } else {
            self.hang(&mut content);
        }
        if content.owner_id.is_empty() {
            content.owner_id.clone_from(&content.author_id);
        }
        content.versions.clear();
        let (author, said) = (content.author_id.clone(), content.file.comment.clone());
        content.begin_version(&author, &said, now);
        self.complete(&mut content.properties);
        let id = content.id.clone();
        self.contents.insert(number, content);
        id
    }

    /// Finds the space of a post by its key, and the page above a page; without one it goes below the home
    /// page.
    fn put_into_space(&self, post: &mut Content) {
        if let Some(space) = self.space_with_key(&post.space_id) {
            post.space_id = space.id.clone();
            if post.kind == Kind::Page {
                post.parent_id = post.parent_id.take().or_else(|| space.homepage_id.clone());
            }
        }
        let Some(parent) = &post.parent_id else {
            return;
        };
        // What is no id is a title.
        if self.find(parent).is_some() {
            return;
        }
        let titled = self
            .of_kind(Kind::Page)
            .find(|page| page.space_id == post.space_id && page.title == *parent);
        if let Some(page) = titled {
            post.parent_id = Some(page.id.clone());
        }
    }

    /// Finds what a comment or an attachment hangs on, by id or by title. An answer to an inline comment is
    /// one too.
    fn hang(&self, content: &mut Content) {
        let by_title = |post: &&Content| post.kind.is_post() && post.title == content.holder_id;
        let holder = self
            .find(&content.holder_id)
            .or_else(|| self.contents.values().find(by_title));
        let answered = holder
            .map(|holder| holder.kind)
            .filter(|kind| kind.is_comment());
        if let Some(holder) = holder {
            content.holder_id.clone_from(&holder.id);
        }
        match (content.kind, answered) {
            (Kind::Attachment, _) => content.id.insert_str(0, "att"),
            (_, Some(kind)) => content.kind = kind,
            _ if content.selection.is_some() => content.kind = Kind::InlineComment,
            _ => {}
        }
    }

    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Content> {
        self.contents
            .values()
            .filter(move |content| content.kind == kind)
    }

    pub(super) fn find(&self, id: &str) -> Option<&Content> {
        let number: u64 = id.strip_prefix("att").unwrap_or(id).parse().ok()?;
        self.contents
            .get(&number)
            .filter(|content| content.is_called(id))
    }

    /// The attachment of a content that has this name and is not in the trash.
    pub(super) fn attached(&self, holder: &str, name: &str) -> Option<&Content> {
        self.of_kind(Kind::Attachment)
            .find(|file| file.holder_id == holder && file.title == name && file.status != "trashed")
    }

    /// Content of any kind that the caller may see.
    pub(super) fn any_content(&self, id: &str, caller: &str) -> Result<&Content, Problem> {
        self.find(id)
            .filter(|content| self.sees(caller, content))
            .ok_or_else(|| missing("content"))
    }

    /// Content of a kind that the caller may see.
    pub(super) fn content(&self, kind: Kind, id: &str, caller: &str) -> Result<&Content, Problem> {
        self.find(id)
            .filter(|content| content.kind == kind && self.sees(caller, content))
            .ok_or_else(|| missing(kind.noun()))
    }

    /// A page that the caller may see.
    pub(super) fn page(&self, id: &str, caller: &str) -> Result<&Content, Problem> {
        self.content(Kind::Page, id, caller)
    }

    pub(super) fn content_mut(&mut self, id: &str) -> Result<&mut Content, Problem> {
        let number: Option<u64> = id.strip_prefix("att").unwrap_or(id).parse().ok();
        number
            .and_then(|number| self.contents.get_mut(&number))
            .ok_or_else(|| missing("content"))
    }

    /// Goes on only if the caller may change a content.
    pub(super) fn check_edits(&self, call: &Call<'_>, content: &Content) -> Result<(), Problem> {
        if self.edits(&call.caller, content) {
            return Ok(());
        }
        let message = format!(
            "You are not permitted to change this {}",
            content.kind.noun()
        );
        Err(Problem::not_permitted(call.version, message))
    }

    /// Keeps a changed content as a new version; a draft has but one.
    pub(super) fn put_version(
        &mut self,
        mut content: Content,
        author: &str,
        message: &str,
        draft: bool,
    ) -> Result<Content, Problem> {
        self.next_number();
        if draft {
            content.versions.clear();
        }
        content.begin_version(author, message, self.time());
        self.content_mut(&content.id)?.clone_from(&content);
        Ok(content)
    }

    // What hangs together.

    /// A content and what it hangs on, up to the page or blog post.
    fn chain<'s>(&'s self, content: &'s Content) -> impl Iterator<Item = &'s Content> {
        // A test can seed what hangs on itself.
        successors(Some(content), |at| self.find(&at.holder_id)).take(self.contents.len() + 1)
    }

    /// The page or blog post that a content is or hangs on.
    pub(super) fn post_of<'s>(&'s self, content: &'s Content) -> Option<&'s Content> {
        self.chain(content).find(|one| one.kind.is_post())
    }

    /// What a comment is about, whatever it replies to: a page, a blog post or an attachment.
    pub(super) fn subject_of<'s>(&'s self, comment: &'s Content) -> Option<&'s Content> {
        self.chain(comment).find(|one| !one.kind.is_comment())
    }

    /// The space that a content is in.
    pub(super) fn space_of(&self, content: &Content) -> Option<&Space> {
        let number: u64 = self.post_of(content)?.space_id.parse().ok()?;
        self.spaces.get(&number)
    }

    /// Removes content with all that hangs on it.
    pub(super) fn remove_contents(&mut self, goes: impl Fn(&Content) -> bool) {
        let gone: BTreeSet<u64> = self
            .contents
            .iter()
            .filter(|(_, content)| self.chain(content).any(&goes))
            .map(|(number, _)| *number)
            .collect();
        self.contents.retain(|number, _| !gone.contains(number));
    }

    /// Removes a space with all its content.
    pub(super) fn remove_space(&mut self, id: &str) {
        self.spaces.retain(|_, space| space.id != id);
        self.remove_contents(|content| content.space_id == id);
    }

    /// A page and all below it, from the top.
    pub(super) fn tree(&self, root: &str) -> Vec<String> {
        self.levels(root).into_iter().map(|(_, id)| id).collect()
    }

    /// A page and all below it, from the top, each with how far below it is.
    pub(super) fn levels(&self, root: &str) -> Vec<(usize, String)> {
        let (mut found, mut at) = (vec![(0, root.to_owned())], 0);
        while let Some((depth, parent)) = found.get(at).cloned() {
            let children = self
                .of_kind(Kind::Page)
                .filter(|page| page.parent_id.as_ref() == Some(&parent));
            for child in children {
                if !found.iter().any(|(_, id)| *id == child.id) {
                    found.push((depth + 1, child.id.clone()));
                }
            }
            at += 1;
        }
        found
    }

    // Who may do what.

    /// Whether a caller sees a content: with the page or blog post that it is or hangs on.
    pub(super) fn sees(&self, caller: &str, content: &Content) -> bool {
        let seen = |post: &Content| {
            let chosen = post.visible_to.as_ref();
            chosen.is_none_or(|by| by.contains(caller)) || self.is_admin(caller)
        };
        self.post_of(content).is_some_and(seen)
            && self
                .space_of(content)
                .is_some_and(|space| self.sees_space(caller, space))
    }

    /// Whether a caller may change a content that they see. A comment is its author's.
    pub(super) fn edits(&self, caller: &str, content: &Content) -> bool {
        self.space_of(content).is_some_and(|space| {
            if content.kind.is_comment() {
                content.author_id == caller || self.administers(caller, space)
            } else {
                self.writes(caller, space, content.kind)
            }
        })
    }
}
