//! Whether a request that arrived is the one that the description asks for.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::findings::Findings;
use super::multipart::{self, Part};
use super::operation::{Body, Operation, Place};
use super::sample::{Sample, as_sent};
use super::schema::{Kind, kind};
use super::spec::Spec;
use super::stage::Seen;
use super::validate::violations;

/// Headers that any request may have.
const USUAL: &[&str] = &[
    "accept",
    "accept-encoding",
    "authorization",
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
    "user-agent",
];

/// What a request should be.
pub struct Expected<'a> {
    pub spec: &'a Spec,
    pub operation: &'a Operation,
    pub sample: &'a Sample,
    /// The path of the client's base URL.
    pub prefix: &'a str,
}

impl Expected<'_> {
    /// Checks all of a request.
    pub fn check(&self, seen: &Seen, findings: &mut Findings) {
        findings.same(
            "the method",
            self.operation.method.as_str(),
            seen.method.as_str(),
        );
        self.check_path(seen, findings);
        self.check_query(seen, findings);
        self.check_headers(seen, findings);
        self.check_accept(seen, findings);
        self.check_body(seen, findings);
    }

    /// The raw path has the template's segments, each with the sampled value after decoding.
    pub fn check_path(&self, seen: &Seen, findings: &mut Findings) {
        let Some(path) = seen.path.strip_prefix(self.prefix) else {
            return findings.fail(format!(
                "the path {} is not below {}",
                seen.path, self.prefix
            ));
        };
        let template = &self.operation.path;
        let expected: Vec<String> = template
            .split('/')
            .flat_map(|part| self.fill(part))
            .collect();
        let found: Vec<&str> = path.split('/').collect();
        if expected.len() != found.len() {
            return findings.fail(format!("the path {path} does not fit {template}"));
        }
        for (expected, found) in expected.into_iter().zip(found) {
            let decoded = percent_decode_str(found).decode_utf8_lossy().into_owned();
            findings.same("a segment of the path", expected, decoded);
        }
    }

    /// What a segment of the template becomes with the sampled values in place of its parameters:
    /// one segment, unless the description says that the value is several.
    fn fill(&self, segment: &str) -> Vec<String> {
        let mut filled = segment.to_owned();
        for parameter in self.operation.placed(Place::Path) {
            let hole = format!("{{{}}}", parameter.name);
            let value = as_sent(&self.sample.values[&parameter.name]);
            if segment == hole && parameter.segments {
                return value.split('/').map(str::to_owned).collect();
            }
            filled = filled.replace(&hole, &value);
        }
        vec![filled]
    }

    /// The query holds every declared parameter with its value, and nothing else.
    fn check_query(&self, seen: &Seen, findings: &mut Findings) {
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(seen.query.as_bytes())
            .into_owned()
            .collect();
        for parameter in self.operation.placed(Place::Query) {
            let name = &parameter.name;
            let expected = match &self.sample.values[name] {
                Value::Array(items) if parameter.repeats => items.iter().map(as_sent).collect(),
                Value::Array(items) => {
                    vec![items.iter().map(as_sent).collect::<Vec<_>>().join(",")]
                }
                value => vec![as_sent(value)],
            };
            let own = pairs.iter().filter(|(other, _)| other == name);
            let found: Vec<String> = own.map(|(_, value)| value.clone()).collect();
            findings.same(&format!("the query parameter {name}"), expected, found);
        }
        for (name, value) in &pairs {
            let declared = self
                .operation
                .placed(Place::Query)
                .any(|other| other.name == *name);
            findings.expect(declared, || {
                format!("the query has the undeclared {name}={value}")
            });
        }
    }

    /// The declared headers are there, and no others but the usual ones.
    fn check_headers(&self, seen: &Seen, findings: &mut Findings) {
        let declared = self.operation.placed(Place::Header).map(|parameter| {
            (
                parameter.name.to_lowercase(),
                as_sent(&self.sample.values[&parameter.name]),
            )
        });
        let expected: Vec<_> = declared
            .chain(self.operation.headers.iter().cloned())
            .collect();
        for (name, value) in &expected {
            let what = format!("the header {name}");
            findings.same(&what, vec![value.as_str()], seen.headers(name));
        }
        for (name, value) in &seen.headers {
            let known =
                USUAL.contains(&name.as_str()) || expected.iter().any(|(other, _)| other == name);
            findings.expect(known, || {
                format!("the undeclared header {name}: {value} was sent")
            });
        }
        findings.same(
            "the credential",
            vec!["Bearer t"],
            seen.headers("authorization"),
        );
    }

    /// What the client says it takes includes what the server sends.
    fn check_accept(&self, seen: &Seen, findings: &mut Findings) {
        let accept = seen.headers("accept").join(", ");
        let contents = self
            .operation
            .success
            .iter()
            .filter_map(|success| success.content.as_ref());
        for (media_type, _) in contents {
            let takes = accept.contains(media_type.as_str()) || accept.contains("*/*");
            findings.expect(takes, || {
                format!("Accept is {accept:?}, the answer is {media_type}")
            });
        }
    }

    fn check_body(&self, seen: &Seen, findings: &mut Findings) {
        let content_type = seen.headers("content-type").join(", ");
        let Some(body) = &self.operation.body else {
            findings.same("the size of the body", 0, seen.body.len());
            return findings.same("the type of the body", "", &content_type);
        };
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        findings.same("the type of the body", body.media_type.as_str(), media_type);
        if let Some(expected) = &self.sample.body {
            self.check_json(body, expected, seen, findings);
        } else if body.media_type == "multipart/form-data" {
            self.check_parts(body, &content_type, seen, findings);
        } else {
            let expected = &self.sample.files["body"].content;
            findings.expect(*expected == seen.body, || {
                "the bytes of the body differ".to_owned()
            });
        }
    }

    fn check_json(&self, body: &Body, expected: &Value, seen: &Seen, findings: &mut Findings) {
        match serde_json::from_slice::<Value>(&seen.body) {
            Ok(found) => {
                findings.same_json("body", expected, &found);
                let broken = violations(self.spec, &body.schema, &found, "body");
                findings.expect(broken.is_empty(), || broken.join("; "));
            }
            Err(error) => findings.fail(format!("the body is no JSON: {error}")),
        }
    }

    fn check_parts(&self, body: &Body, content_type: &str, seen: &Seen, findings: &mut Findings) {
        let mut expected = self.parts(body);
        let mut found = match multipart::parts(content_type, &seen.body) {
            Ok(found) => found,
            Err(what) => return findings.fail(format!("the multipart body is broken: {what}")),
        };
        expected.sort();
        found.sort();
        let names = |parts: &[Part]| -> Vec<_> {
            parts
                .iter()
                .map(|part| (part.name.clone(), part.file_name.clone()))
                .collect()
        };
        findings.same("the list of parts", names(&expected), names(&found));
        for (expected, found) in expected.iter().zip(&found) {
            let right = expected.content == found.content;
            findings.expect(right, || {
                format!("the content of the part {} differs", expected.name)
            });
        }
    }

    fn parts(&self, body: &Body) -> Vec<Part> {
        let Kind::Object(object) = kind(self.spec, &body.schema) else {
            return Vec::new();
        };
        let part = |name: &str| match self.sample.files.get(name) {
            Some(file) => Part {
                name: name.to_owned(),
                file_name: Some(file.name.clone()),
                content: file.content.clone(),
            },
            None => Part {
                name: name.to_owned(),
                file_name: None,
                content: as_sent(&self.sample.values[name]).into_bytes(),
            },
        };
        object
            .properties
            .iter()
            .map(|(name, _)| part(name))
            .collect()
    }
}
