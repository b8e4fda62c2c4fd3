//! Backups and restores: work with a status of its own.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::call::{Call, text};
use super::clock::Moment;
use super::multipart;
use super::problem::{Outcome, Problem};
use super::state::State;
use crate::testing::server::Answer;
use crate::testing::tasks::TaskEnding;

/// Backup and restore jobs by id.
pub(super) type Jobs = BTreeMap<u64, Job>;

/// A backup or a restore.
pub(super) struct Job {
    id: u64,
    operation: &'static str,
    scope: &'static str,
    state: &'static str,
    owner: String,
    settings: Map<String, Value>,
    created: Moment,
    polls: u32,
    ending: TaskEnding,
}

/// The states of a job that has not ended.
const RUNNING: [&str; 3] = ["QUEUED", "PROCESSING", "COMPLETING"];

/// What can be said of a job when it is started.
const SETTINGS: [&str; 6] = [
    "fileName",
    "fileNamePrefix",
    "keepPermanently",
    "skipAttachments",
    "skipReindex",
    "spaceKeys",
];

/// The routes of jobs.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("POST", ["backup-restore", "backup", "site"]) => start(state, call, "BACKUP", "SITE"),
        ("POST", ["backup-restore", "backup", "space"]) => start(state, call, "BACKUP", "SPACE"),
        ("POST", ["backup-restore", "restore", "site"]) => start(state, call, "RESTORE", "SITE"),
        ("POST", ["backup-restore", "restore", "space"]) => start(state, call, "RESTORE", "SPACE"),
        ("POST", ["backup-restore", "restore", "site", "upload"]) => upload(state, call, "SITE"),
        ("POST", ["backup-restore", "restore", "space", "upload"]) => upload(state, call, "SPACE"),
        ("GET", ["backup-restore", "restore", "files"]) => files(state, call),
        ("GET", ["backup-restore", "jobs"]) => all(state, call),
        ("PUT", ["backup-restore", "jobs", "clear-queue"]) => clear_queue(state, call),
        ("GET", ["backup-restore", "jobs", id]) => poll(state, call, id),
        ("PUT", ["backup-restore", "jobs", id, "cancel"]) => cancel(state, call, id),
        ("GET", ["backup-restore", "jobs", id, "download"]) => download(state, call, id),
        _ => return None,
    })
}

fn start(
    state: &mut State,
    call: &Call<'_>,
    operation: &'static str,
    scope: &'static str,
) -> Outcome {
    let settings = settings(call)?;
    start_with(state, call, operation, scope, settings)
}

/// Restores what is uploaded.
fn upload(state: &mut State, call: &Call<'_>, scope: &'static str) -> Outcome {
    state.need_system_admin(&call.caller)?;
    let parts = multipart::uploaded(call)?;
    let file = parts.iter().find(|part| part.name == "file");
    let file = file.filter(|file| file.content.starts_with(b"PK"));
    let Some(file) = file else {
        return Err(Problem::bad_request("The file is no ZIP archive"));
    };
    let name = file
        .file_name
        .clone()
        .unwrap_or_else(|| "backup.zip".to_owned());
    let settings = Map::from_iter([("fileName".to_owned(), json!(name))]);
    start_with(state, call, "RESTORE", scope, settings)
}

fn start_with(
    state: &mut State,
    call: &Call<'_>,
    operation: &'static str,
    scope: &'static str,
    settings: Map<String, Value>,
) -> Outcome {
    let owner = state.need_user(&call.caller)?;
    check(state, call, operation, scope, &settings)?;
    let id = state.next_id();
    let job = Job {
        id,
        operation,
        scope,
        state: "QUEUED",
        owner,
        settings,
        created: state.clock.tick(),
        polls: 0,
        ending: state.tasks.next_ending(),
    };
    let answer = Answer::json(200, &job.render(state));
    state.jobs.insert(id, job);
    Ok(answer)
}

/// What the body says of the job: the settings there are, each of its own type.
fn settings(call: &Call<'_>) -> Result<Map<String, Value>, Problem> {
    let mut settings = if call.body.is_empty() {
        Map::new()
    } else {
        call.object()?
    };
    settings.retain(|name, value| SETTINGS.contains(&name.as_str()) && !value.is_null());
    match settings.iter().find(|(name, value)| !fits(name, value)) {
        Some((name, _)) => Err(Problem::bad_request(format!(
            "Could not parse the body: {name} is of another type"
        ))),
        None => Ok(settings),
    }
}

fn fits(setting: &str, value: &Value) -> bool {
    match setting {
        "spaceKeys" => value
            .as_array()
            .is_some_and(|keys| keys.iter().all(Value::is_string)),
        "fileName" | "fileNamePrefix" => value.is_string(),
        _ => value.is_boolean(),
    }
}

/// Whether the caller may start such a job with these settings.
fn check(
    state: &State,
    call: &Call<'_>,
    operation: &str,
    scope: &str,
    settings: &Map<String, Value>,
) -> Result<(), Problem> {
    if (operation, scope) != ("BACKUP", "SPACE") {
        state.need_system_admin(&call.caller)?;
        let named = text(settings, "fileName").is_some_and(|name| !name.is_empty());
        return if operation == "BACKUP" || named {
            Ok(())
        } else {
            Err(Problem::bad_request("The name of the file is required"))
        };
    }
    let keys = settings
        .get("spaceKeys")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    if keys.is_empty() {
        return Err(Problem::bad_request("At least one space key is required"));
    }
    for key in keys.iter().filter_map(Value::as_str) {
        let unknown = || Problem::bad_request(format!("No space with key : {key}"));
        let space = state
            .visible_space(&call.caller, key)
            .map_err(|_| unknown())?;
        if !state.may(&call.caller, space, "space", "export") {
            return Err(Problem::forbidden(format!(
                "You may not export the space {key}"
            )));
        }
    }
    Ok(())
}

impl Job {
    fn file(&self) -> String {
        let prefix = text(&self.settings, "fileNamePrefix").unwrap_or("Confluence");
        let scope = self.scope.to_lowercase();
        text(&self.settings, "fileName").map_or_else(
            || format!("{prefix}-{scope}-{}.zip", self.id),
            str::to_owned,
        )
    }

    /// The spaces that it deals with.
    fn space_keys(&self) -> Vec<&str> {
        let keys = self.settings.get("spaceKeys").and_then(Value::as_array);
        let keys = keys.into_iter().flatten();
        keys.filter_map(Value::as_str).collect()
    }

    fn render(&self, state: &State) -> Value {
        let mut value = json!({
            "id": self.id,
            "jobOperation": self.operation,
            "jobScope": self.scope,
            "jobState": self.state,
            "createTime": state.clock.write(self.created),
            "owner": self.owner,
            "fileName": self.file(),
            "spaceKeys": self.space_keys().join(","),
            "fileExists": self.state == "FINISHED",
            "jobSettings": self.settings,
        });
        if let (TaskEnding::Fails(message), "FAILED") = (&self.ending, self.state) {
            value["errorMessage"] = json!(message);
        }
        value
    }

    /// Moves the job on by one step.
    fn advance(&mut self, steps: u32) {
        if !RUNNING.contains(&self.state) {
            return;
        }
        self.polls = self.polls.saturating_add(1);
        self.state = match self.ending {
            TaskEnding::Stalls | TaskEnding::Vanishes => "PROCESSING",
            _ if self.polls < steps => "PROCESSING",
            TaskEnding::Fails(_) => "FAILED",
            TaskEnding::Succeeds => "FINISHED",
        };
    }

    fn gone(&self) -> bool {
        self.ending == TaskEnding::Vanishes && self.polls > 1
    }
}

/// Has all jobs reach their end that have one.
pub(super) fn finish_all(state: &mut State) {
    let steps = state.tasks.steps();
    for job in state.jobs.values_mut() {
        job.polls = steps;
        job.advance(steps);
    }
}

fn missing(id: &str) -> Problem {
    Problem::not_found(format!("No job found with id: {id}"))
}

/// The id of a job that the caller started, or may see as an administrator.
fn find(state: &State, call: &Call<'_>, id: &str) -> Result<u64, Problem> {
    let job = id
        .parse()
        .ok()
        .and_then(|id: u64| state.jobs.get(&id))
        .ok_or_else(|| missing(id))?;
    if call.caller.name() != Some(job.owner.as_str()) {
        state.need_system_admin(&call.caller)?;
    }
    Ok(job.id)
}

fn poll(state: &mut State, call: &Call<'_>, id: &str) -> Outcome {
    let number = find(state, call, id)?;
    let steps = state.tasks.steps();
    if let Some(job) = state.jobs.get_mut(&number) {
        job.advance(steps);
    }
    let job = state
        .jobs
        .get(&number)
        .filter(|job| !job.gone())
        .ok_or_else(|| missing(id))?;
    Ok(Answer::json(200, &job.render(state)))
}

fn all(state: &State, call: &Call<'_>) -> Outcome {
    let states = call.query_all("jobStates");
    let own = |job: &&Job| {
        state.is_system_admin(&call.caller) || call.caller.name() == Some(job.owner.as_str())
    };
    let (from, to) = (call.time("fromDate")?, call.time("toDate")?);
    let fits = |job: &&Job| {
        let created = state.clock.time(job.created);
        from.is_none_or(|from| created >= from)
            && to.is_none_or(|to| created <= to)
            && call
                .query("spaceKey")
                .is_none_or(|key| job.space_keys().contains(&key))
            && call.query("owner").is_none_or(|owner| owner == job.owner)
            && call
                .query("jobOperation")
                .is_none_or(|operation| operation == job.operation)
            && call
                .query("jobScope")
                .is_none_or(|scope| scope == job.scope)
            && (states.is_empty() || states.contains(&job.state))
    };
    let limit = call.number("limit")?.unwrap_or(25);
    let jobs = state
        .jobs
        .values()
        .rev()
        .filter(own)
        .filter(fits)
        .take(limit);
    Ok(Answer::json(
        200,
        &jobs.map(|job| job.render(state)).collect::<Value>(),
    ))
}

fn cancel(state: &mut State, call: &Call<'_>, id: &str) -> Outcome {
    let number = find(state, call, id)?;
    if let Some(job) = state
        .jobs
        .get_mut(&number)
        .filter(|job| RUNNING.contains(&job.state))
    {
        job.state = "CANCELLED";
    }
    let job = state.jobs.get(&number).ok_or_else(|| missing(id))?;
    Ok(Answer::json(200, &job.render(state)))
}

fn clear_queue(state: &mut State, call: &Call<'_>) -> Outcome {
    state.need_system_admin(&call.caller)?;
    let queued: Vec<&mut Job> = state
        .jobs
        .values_mut()
        .filter(|job| job.state == "QUEUED")
        .collect();
    let count = queued.len();
    for job in queued {
        job.state = "CANCELLED";
    }
    Ok(Answer::json(200, &json!(count)))
}

fn files(state: &State, call: &Call<'_>) -> Outcome {
    // The real server answers 400 here, not 403.
    if !state.is_system_admin(&call.caller) {
        return Err(Problem::bad_request(
            "Only a system administrator may do this",
        ));
    }
    let finished = |job: &&Job| {
        job.operation == "BACKUP"
            && job.state == "FINISHED"
            && call
                .query("jobScope")
                .is_none_or(|scope| scope == job.scope)
    };
    let files = state.jobs.values().filter(finished).map(|job| {
        json!({
            "name": job.file(),
            "creationTime": state.clock.write(job.created),
            "size": backup().len(),
            "jobScope": job.scope,
        })
    });
    Ok(Answer::json(200, &files.collect::<Value>()))
}

fn download(state: &State, call: &Call<'_>, id: &str) -> Outcome {
    let number = find(state, call, id)?;
    let job = state
        .jobs
        .get(&number)
        .filter(|job| job.state == "FINISHED")
        .ok_or_else(|| missing(id))?;
    let name = format!("attachment; filename=\"{}\"", job.file());
    Ok(Answer::raw(200, "application/zip", backup()).header("content-disposition", name))
}

/// An empty zip archive.
fn backup() -> Vec<u8> {
    let mut bytes = b"PK\x05\x06".to_vec();
    bytes.resize(22, 0);
    bytes
}
