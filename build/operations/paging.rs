//! Reads how a list pages.

use serde_json::Value;

use crate::build::model::{Answer, Paging, Parameter};
use crate::build::normalise::{strings, text};
use crate::build::operations::OperationReader;
use crate::build::schemas::Shape;
use crate::build::spec::RawOperation;

impl OperationReader<'_> {
    pub(super) fn paging(
        &mut self,
        raw: &RawOperation,
        answer: &Answer,
        parameters: &[Parameter],
    ) -> Option<Paging> {
        let paging = raw.value.get("x-paging")?;
        let style = text(paging, "style");
        let names = match style.as_str() {
            "offset" => ("start", "limit"),
            "cursor" => ("cursor", "limit"),
            "token" => ("token", "limit"),
            "page" => ("page", "per_page"),
            other => {
                let what = format!("pages in the unknown style {other:?}");
                self.problem(raw, what, "Use offset, cursor, token or page");
                return None;
            }
        };
        let name = |key: &str, default: &str| {
            let given = text(paging, key);
            if given.is_empty() {
                default.to_owned()
            } else {
                given
            }
        };
        let items = paging
            .get("items")
            .and_then(Value::as_str)
            .map(str::to_owned);
        let Some(item) = self.item(answer, items.as_deref()) else {
            self.problem(
                raw,
                "pages, but has no list of items",
                "Name the list under x-paging.items",
            );
            return None;
        };
        let in_body = text(paging, "in") == "body";
        let paging = Paging {
            position: name(names.0, names.0),
            limit: name("limit", names.1),
            style,
            items,
            in_body,
            replaces: strings(paging.get("replaces")),
            item,
        };
        if !in_body
            && !parameters
                .iter()
                .any(|parameter| parameter.wire == paging.position)
        {
            let what = format!(
                "pages by {:?}, which is no parameter of it",
                paging.position
            );
            self.problem(raw, what, "Declare the parameter or correct x-paging");
        }
        Some(paging)
    }

    pub(super) fn item(&self, answer: &Answer, items: Option<&str>) -> Option<Shape> {
        let Answer::Json(shape) = answer else {
            return None;
        };
        let list = match (shape, items) {
            (Shape::List(item), None) => return Some((**item).clone()),
            (Shape::Named(name), Some(items)) => self.schemas.structs.get(name)?.property(items)?,
            _ => return None,
        };
        match &list.shape {
            Shape::List(item) => Some((**item).clone()),
            _ => None,
        }
    }
}
