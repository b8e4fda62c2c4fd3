//! The services, and the checks that each goes through.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;

use serde_json::{Value, json};

use super::called::Called;
use super::findings::Findings;
use super::operation::{Operation, operations};
use super::rounds::Play;
use super::sample::Sample;
use super::spec::Spec;
use super::stage::Stage;

/// What is to be known of a service.
pub struct Service {
    pub name: &'static str,
    /// Its folder under `spec/`.
    pub folder: &'static str,
    /// The path of the base URL that its client gets.
    pub prefix: &'static str,
    /// The body with which it answers 404.
    pub not_found: fn() -> Value,
    /// What that body says.
    pub says: &'static str,
}

pub const CONFLUENCE_DC: Service = Service {
    name: "confluence-dc",
    folder: "confluence-dc",
    prefix: "/context",
    not_found: confluence_not_found,
    says: "No space found.",
};

pub const CONFLUENCE_CLOUD: Service = Service {
    name: "confluence-cloud",
    folder: "confluence-cloud/v2",
    prefix: "/ex/confluence/11111111-2222-4333-8444-555555555555",
    not_found: || {
        json!({ "errors": [
            { "status": 404, "code": "NOT_FOUND", "title": "Not Found", "detail": null }
        ] })
    },
    says: "Not Found",
};

pub const CONFLUENCE_CLOUD_V1: Service = Service {
    name: "confluence-cloud v1",
    folder: "confluence-cloud/v1",
    prefix: "/ex/confluence/11111111-2222-4333-8444-555555555555",
    not_found: confluence_not_found,
    says: "No space found.",
};

pub const ONEZONE: Service = Service {
    name: "onezone",
    folder: "onezone",
    prefix: "",
    not_found: || {
        json!({ "error": {
            "id": "notFound", "description": "The resource could not be found.", "details": {}
        } })
    },
    says: "The resource could not be found.",
};

pub const WORKSPACES: Service = Service {
    name: "workspaces",
    folder: "workspaces",
    prefix: "/deployment",
    not_found: || json!({ "message": "no such workspace" }),
    says: "no such workspace",
};

fn confluence_not_found() -> Value {
    json!({
        "statusCode": 404,
        "data": {
            "authorized": false, "valid": true, "allowedInReadOnlyMode": true, "successful": false,
            "errors": [{ "message": { "translation": "No space found.", "args": [] } }],
        },
        "message": "No space found.",
        "reason": "Not Found",
    })
}

/// A client whose operations are called by their ids, as the generated `call` does.
pub trait Calls {
    fn call<'a>(
        &'a self,
        id: &'a str,
        sample: &'a Sample,
    ) -> Pin<Box<dyn Future<Output = Called> + 'a>>;
}

impl Service {
    /// Calls each operation of the description in every way and fails with all that is wrong.
    ///
    /// A test's thread has 2 MiB of stack, as tokio's own threads have: what overflows it here would
    /// do so in an application.
    pub async fn check_operations<C: Calls>(&self, connect: impl FnOnce(&str) -> C) {
        let spec = Spec::load(self.folder);
        let stage = Stage::open().await;
        let client = connect(&format!("{}{}", stage.uri(), self.prefix));
        let play = Play {
            service: self,
            spec: &spec,
            stage: &stage,
            client: &client,
        };
        let operations = operations(&spec);
        let mut findings = Findings::default();
        for operation in chosen(&operations) {
            play.rounds(operation, &mut findings).await;
        }
        self.report(operations.len(), &findings);
    }

    fn report(&self, operations: usize, findings: &Findings) {
        println!(
            "{}: {operations} operations, {} checks",
            self.name, findings.checks
        );
        let lines = findings.lines();
        assert!(
            lines.is_empty(),
            "{}: {} failures\n{}",
            self.name,
            lines.len(),
            lines.join("\n")
        );
    }

    /// The generated code knows the operations of the description, all of them and no others;
    /// `table` is what the client says of them.
    pub fn check_operations_are_known<'a>(
        &self,
        generated: &[&'a str],
        table: impl Iterator<Item = (&'a str, &'a str, &'a str)>,
    ) {
        let operations = operations(&Spec::load(self.folder));
        let ids: BTreeSet<&str> = operations.iter().map(|o| o.id.as_str()).collect();
        assert_eq!(ids.len(), operations.len(), "an operationId is given twice");
        assert_same(&ids, &generated.iter().copied().collect());
        let rows = operations
            .iter()
            .map(|o| (o.id.as_str(), o.method.as_str(), o.path.as_str()));
        assert_same(&rows.collect(), &table.collect());
    }
}

fn assert_same<T: Ord + std::fmt::Debug>(described: &BTreeSet<T>, generated: &BTreeSet<T>) {
    let left_out: Vec<_> = described.difference(generated).collect();
    let unknown: Vec<_> = generated.difference(described).collect();
    assert!(
        left_out.is_empty(),
        "described, but not generated: {left_out:?}"
    );
    assert!(
        unknown.is_empty(),
        "generated, but not described: {unknown:?}"
    );
}

/// All operations, or the one that the environment variable `OPERATION` names.
fn chosen(operations: &[Operation]) -> impl Iterator<Item = &Operation> {
    let wanted = std::env::var("OPERATION").ok();
    operations
        .iter()
        .filter(move |other| wanted.as_ref().is_none_or(|wanted| *wanted == other.id))
}
