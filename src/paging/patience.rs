//! How long a walk goes on that brings nothing new.

use crate::paging::Walking;

/// Counts the pages in a row that brought nothing new.
#[derive(Debug)]
pub(crate) struct Patience {
    fruitless: u32,
    most: u32,
}

impl Patience {
    pub(crate) fn new(walking: &Walking) -> Self {
        Self {
            fruitless: 0,
            most: walking.max_empty_pages,
        }
    }

    /// Takes in whether a page brought something. Once there were too many that did not, it says so and
    /// counts anew, so that a walk that is tried again has as many pages before it.
    pub(crate) fn ends(&mut self, progress: bool) -> Option<String> {
        if progress {
            self.fruitless = 0;
            return None;
        }
        self.fruitless = self.fruitless.saturating_add(1);
        if self.fruitless < self.most {
            return None;
        }
        let found = match std::mem::take(&mut self.fruitless) {
            1 => "a page brings".to_owned(),
            pages => format!("{pages} pages in a row bring"),
        };
        Some(format!(
            "{found} nothing new although the server says that the list goes on"
        ))
    }
}
