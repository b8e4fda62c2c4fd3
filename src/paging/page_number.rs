//! Lists by page number, whose `link` header says whether there is another page.
//!
//! A page number cannot look back by a row, so an item that is removed meanwhile moves another over the
//! border to a page that was read already. To read the list again at its end would not show it: pages
//! that were read after the removal are as they were. Only reading each page again after the one that
//! follows it does, and that is twice the requests: it is done where the caller wants to make sure.

use crate::paging::patience::Patience;
use crate::paging::position::At;
use crate::paging::recent::Recent;
use crate::paging::walker::{Place, Taken};
use crate::paging::{Marks, Walking, link};

/// A walk along page numbers.
#[derive(Debug)]
pub(crate) struct PageWalker {
    /// The name of the parameter that carries the number.
    name: &'static str,
    /// The page to ask for; none is wherever the list begins.
    next: Option<u64>,
    /// The page that was taken last, as it was asked for.
    taken: Option<u64>,
    /// The furthest page that was read.
    furthest: Option<u64>,
    make_sure: bool,
    /// What comes once it is sure that nothing moved: a page, or the end.
    then: Option<Option<u64>>,
    patience: Patience,
    ended: bool,
}

impl PageWalker {
    pub(crate) fn new(name: &'static str, page: Option<u64>, walking: &Walking) -> Self {
        let resumed = match walking.resume.as_ref().map(|position| &position.at) {
            Some(At::Page { page, .. }) => *page,
            _ => None,
        };
        Self {
            name,
            next: resumed.or(page),
            taken: None,
            // Something may have moved to it since the position was kept.
            furthest: resumed.and_then(|page| page.checked_sub(1).filter(|page| *page > 0)),
            make_sure: walking.make_sure,
            then: None,
            patience: Patience::new(walking),
            ended: false,
        }
    }

    pub(crate) fn place(&self) -> Place {
        self.next.map_or(Place::Beginning, Place::Page)
    }

    pub(crate) fn guesses(&self, count: usize) -> Vec<Place> {
        match self.next {
            Some(next) if !self.make_sure => (0..count as u64)
                .map(|ahead| Place::Page(next.saturating_add(ahead)))
                .collect(),
            _ => vec![self.place()],
        }
    }

    pub(crate) fn take(&mut self, ids: &[u64], marks: &Marks, recent: &mut Recent) -> Taken {
        let joins = ids.first().is_some_and(|id| recent.contains(*id));
        let fresh = recent.take(ids);
        self.taken = self.next;
        if let (Some(page), Some(then)) = (self.next, self.then.take()) {
            return self.take_again(page, then, fresh, joins);
        }
        let link = marks.next.as_deref();
        let named = link.and_then(|link| link::parameter(link, self.name)?.parse::<u64>().ok());
        // A list that names page 1 as its second counts from zero.
        let page = self
            .next
            .unwrap_or(named.map_or(1, |next| next.saturating_sub(1).min(1)));
        let impatient = self.patience.ends(!fresh.is_empty());
        let stuck = link.and_then(|_| self.doubt(page, named).or(impatient));
        // Whatever number the link names, no page is left out.
        let following = link.map(|_| page.saturating_add(1));
        match self.furthest.replace(page).filter(|_| self.make_sure) {
            Some(before) => {
                self.then = Some(following);
                self.next = Some(before);
            }
            None => self.go_on(following),
        }
        Taken {
            fresh,
            end: self.ended,
            stuck,
            ..Taken::default()
        }
    }

    fn go_on(&mut self, next: Option<u64>) {
        self.ended = next.is_none();
        self.next = next.or(self.next);
    }

    /// What is wrong with the number of the next page.
    fn doubt(&self, page: u64, named: Option<u64>) -> Option<String> {
        match named {
            Some(next) if next > page => None,
            Some(next) => Some(format!(
                "after page {page} the server names page {next} as the next one"
            )),
            None => Some(format!(
                "after page {page} the server names a next one without its number (`{}`)",
                self.name
            )),
        }
    }

    /// A page that was read before. What is new in it moved there; where it begins with something new, or
    /// is empty by now, the page before it is looked at as well.
    fn take_again(
        &mut self,
        page: u64,
        then: Option<u64>,
        fresh: Vec<usize>,
        joins: bool,
    ) -> Taken {
        if joins || page <= 1 {
            self.go_on(then);
        } else {
            self.then = Some(then);
            self.next = Some(page - 1);
        }
        Taken {
            aside: fresh.is_empty(),
            fresh,
            end: self.ended,
            stuck: None,
        }
    }

    pub(crate) fn at(&self, within: bool, seen: Vec<u64>) -> At {
        let page = match (within, self.ended) {
            (true, _) => self.taken,
            (false, true) => return At::End,
            // A page that is to be read again is so after the one behind it.
            (false, false) => self.next.map(|page| page + u64::from(self.then.is_some())),
        };
        At::Page { page, seen }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pages asked for after each link, and why it stops.
    fn walked(links: &[&str]) -> (Vec<Place>, Option<String>) {
        let mut walker = PageWalker::new("page", None, &Walking::default());
        let mut recent = Recent::default();
        let mut places = Vec::new();
        for (id, link) in links.iter().enumerate() {
            let marks = Marks {
                next: Some((*link).to_owned()),
                ..Marks::default()
            };
            let taken = walker.take(&[id as u64], &marks, &mut recent);
            places.push(walker.place());
            if taken.stuck.is_some() {
                return (places, taken.stuck);
            }
        }
        (places, None)
    }

    #[test]
    fn no_page_is_left_out_whatever_the_link_names() {
        let pages = |pages: &[u64]| pages.iter().copied().map(Place::Page).collect::<Vec<_>>();
        assert_eq!(walked(&["?page=2", "?page=3"]), (pages(&[2, 3]), None));
        assert_eq!(walked(&["?page=5", "?page=9"]), (pages(&[2, 3]), None));
        assert_eq!(walked(&["?page=1", "?page=2"]), (pages(&[1, 2]), None));
    }

    #[test]
    fn a_link_that_leads_nowhere_is_an_error() {
        for (link, why) in [
            ("?page=2", "names page 2 as the next"),
            ("?page=0", "names page 0 as the next"),
            ("?page=x", "without its number"),
            ("?page=-3", "without its number"),
            ("?offset=20", "without its number"),
        ] {
            let (places, stuck) = walked(&["?page=2", link]);
            assert!(stuck.is_some_and(|stuck| stuck.contains(why)), "{link}");
            // When it is tried again, it goes on behind the page.
            assert_eq!(places.last(), Some(&Place::Page(3)), "{link}");
        }
    }
}
