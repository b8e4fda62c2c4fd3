//! Texts in the Atlassian Document Format.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::types::{Body, BodyFormat, BodyText, NewBody};
use crate::error::{Error, ErrorKind};

/// A document in the Atlassian Document Format (ADF), the form in which Cloud's editor keeps a text.
///
/// The interface wants it as JSON within a string, and answers it so: `Adf` is the document itself,
/// and goes wherever a body to write is taken.
///
/// ```
/// use serde_json::json;
/// use spacewright::confluence_cloud::{Adf, types::NewPage};
///
/// let rule = json!({ "type": "rule" });
/// let heading = json!({
///     "type": "heading", "attrs": { "level": 2 },
///     "content": [{ "type": "text", "text": "Plans" }],
/// });
/// let page = NewPage::new("65538").title("Plans").body(Adf::new([heading, rule]));
/// let note = NewPage::new("65538").title("Note").body(Adf::text("One paragraph.\nAnother."));
/// # let _ = (page, note);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Adf(Value);

impl Adf {
    /// A document of these nodes: paragraphs, headings, lists and so on, as the format defines them.
    #[must_use]
    pub fn new(nodes: impl IntoIterator<Item = Value>) -> Self {
        let nodes: Vec<Value> = nodes.into_iter().collect();
        Self(json!({ "version": 1, "type": "doc", "content": nodes }))
    }

    /// A document of plain paragraphs, one for each line of the text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        let paragraph = |line: &str| match line {
            // The format has no empty texts.
            "" => json!({ "type": "paragraph" }),
            line => json!({ "type": "paragraph", "content": [{ "type": "text", "text": line }] }),
        };
        Self::new(text.lines().map(paragraph))
    }

    /// The document of a body that was read with the format `atlas_doc_format`; `None` where the body
    /// has another.
    ///
    /// # Errors
    /// [`ErrorKind::Malformed`] when what the server sent is no JSON.
    pub fn read(body: &Body) -> Result<Option<Self>, Error> {
        let Some(text) = body
            .atlas_doc_format
            .as_ref()
            .and_then(|body| body.value.as_deref())
        else {
            return Ok(None);
        };
        serde_json::from_str(text)
            .map(|document| Some(Self(document)))
            .map_err(|error| {
                Error::new(ErrorKind::Malformed, "the body's document is no JSON")
                    .with_source(error)
            })
    }

    /// The document as JSON.
    #[must_use]
    pub fn as_value(&self) -> &Value {
        &self.0
    }

    /// The document as JSON.
    #[must_use]
    pub fn into_value(self) -> Value {
        self.0
    }
}

/// A document that was made elsewhere, from its `{"version": 1, "type": "doc", …}` on.
impl From<Value> for Adf {
    fn from(document: Value) -> Self {
        Self(document)
    }
}

impl From<Adf> for BodyText {
    fn from(document: Adf) -> Self {
        Self::new(BodyFormat::AtlasDocFormat, document.0.to_string())
    }
}

impl From<Adf> for NewBody {
    fn from(document: Adf) -> Self {
        Self::from(BodyText::from(document))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_travels_as_json_within_a_string_and_comes_back() {
        let document = Adf::text("one \"quoted\"\n\nthree");
        let written = serde_json::to_value(NewBody::from(document.clone())).unwrap_or_default();
        assert_eq!(written["representation"], "atlas_doc_format");
        let text = written["value"].as_str().unwrap_or_default().to_owned();
        assert!(text.contains(r#""text":"one \"quoted\"""#), "{text}");

        let answered =
            json!({ "atlas_doc_format": { "representation": "atlas_doc_format", "value": text } });
        let body: Body = serde_json::from_value(answered).unwrap_or_default();
        assert_eq!(Adf::read(&body).ok().flatten(), Some(document));
    }

    #[test]
    fn an_empty_line_is_a_paragraph_without_text() {
        let document = Adf::text("a\n\nb").into_value();
        assert_eq!(document["content"].as_array().map(Vec::len), Some(3));
        assert_eq!(document["content"][1], json!({ "type": "paragraph" }));
    }

    #[test]
    fn a_body_of_another_format_is_none_and_a_broken_one_an_error() {
        assert!(matches!(Adf::read(&Body::default()), Ok(None)));
        let body: Body = serde_json::from_value(json!({ "atlas_doc_format": { "value": "{" } }))
            .unwrap_or_default();
        assert!(Adf::read(&body).is_err_and(|error| error.kind() == ErrorKind::Malformed));
    }
}
