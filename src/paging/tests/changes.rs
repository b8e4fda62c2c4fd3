//! Lists that change while they are walked: what was there all the time is given once, in order.

use std::collections::HashSet;

use proptest::prelude::*;

use super::list::{List, Past, Walked, lists, walk};
use crate::paging::{Style, Walking};

/// A change of the list between two requests.
#[derive(Clone, Debug)]
enum Change {
    Remove(usize),
    Insert(usize),
}

fn changes() -> impl Strategy<Value = Vec<(u64, Change)>> {
    let change = prop_oneof![
        any::<usize>().prop_map(Change::Remove),
        any::<usize>().prop_map(Change::Insert)
    ];
    prop::collection::vec((2..30_u64, change), 0..25)
}

fn change(list: &mut List, change: &Change, new: &mut u64) {
    let length = list.rows.len();
    match change {
        Change::Remove(_) if length == 0 => {}
        Change::Remove(place) => {
            list.rows.remove(place % length);
        }
        Change::Insert(place) => {
            *new += 1;
            list.rows.insert(place % (length + 1), (*new, true));
        }
    }
}

/// What `walked` gave of the rows that were there all the time.
fn lasting(walked: &Walked, before: &List, after: &List) -> (Vec<u64>, Vec<u64>) {
    let (before, after): (HashSet<u64>, Vec<u64>) =
        (before.visible().into_iter().collect(), after.visible());
    let expected: Vec<u64> = after.into_iter().filter(|id| before.contains(id)).collect();
    let there: HashSet<u64> = expected.iter().copied().collect();
    (
        walked
            .given
            .iter()
            .copied()
            .filter(|id| there.contains(id))
            .collect(),
        expected,
    )
}

fn all_once(walked: &Walked) -> bool {
    let different: HashSet<&u64> = walked.given.iter().collect();
    different.len() == walked.given.len()
}

/// A list whose server says in some way how long its pages are.
fn told(list: List) -> List {
    let honest_next = list.honest_next || list.honest_echo != Some(true);
    List {
        cap: list.cap.max(3),
        past_end: 0,
        honest_next,
        ..list
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_list_that_changes_gives_what_stayed_once(
        list in lists(0.0), size in 1..40_u64, changes in changes(), ahead in 0..9_usize,
    ) {
        // A page of one row has room for no overlap.
        let list = List { cap: list.cap.max(2), past_end: 0, ..list };
        let walking = Walking { make_sure: true, fetch_ahead: ahead, ..Walking::default() };
        let (mut after, mut new) = (list.clone(), 1000);
        let walked = walk(&mut after, Style::Offset, Some(size), &walking, |now, request| {
            let due = changes.iter().filter(|(when, _)| *when == request);
            due.for_each(|(_, what)| change(now, what, &mut new));
        });
        prop_assert!(all_once(&walked));
        let (given, expected) = lasting(&walked, &list, &after);
        prop_assert_eq!(given, expected);
    }

    #[test]
    fn additions_lose_nothing_where_rows_are_hidden(
        list in lists(0.3), size in 1..40_u64, changes in changes(), ahead in 0..9_usize, at_once in 1..20_usize,
    ) {
        let list = List { cap: list.cap.max(2), past_end: 0, ..list };
        let walking = Walking { make_sure: true, fetch_ahead: ahead, ..Walking::default() };
        let (mut after, mut new) = (list.clone(), 1000);
        let walked = walk(&mut after, Style::Offset, Some(size), &walking, |now, request| {
            let added = changes.iter().filter(|(when, what)| *when == request && matches!(what, Change::Insert(_)));
            added.for_each(|(_, what)| (0..at_once).for_each(|_| change(now, what, &mut new)));
        });
        prop_assert!(all_once(&walked));
        let (given, expected) = lasting(&walked, &list, &after);
        prop_assert_eq!(given, expected);
    }

    #[test]
    fn a_removal_at_a_time_loses_nothing_where_rows_are_hidden(
        list in lists(0.3), size in 3..40_u64, changes in changes(), ahead in 0..9_usize, first in 2..9_u64,
    ) {
        let list = told(list);
        let walking = Walking { fetch_ahead: ahead, ..Walking::default() };
        let (mut after, mut new) = (list.clone(), 1000);
        // What was asked for ahead in vain lies between the requests for a page and the next.
        let apart = 2 * (1 + ahead as u64);
        let walked = walk(&mut after, Style::Offset, Some(size), &walking, |now, request| {
            let alone = (request + first).is_multiple_of(apart);
            let due = changes.iter().filter(|(when, _)| *when == request).map(|(_, what)| what);
            due.filter(|what| matches!(what, Change::Insert(_))).for_each(|what| change(now, what, &mut new));
            if let Some((_, what)) = changes.iter().find(|(_, what)| alone && matches!(what, Change::Remove(_))) {
                change(now, what, &mut new);
            }
        });
        prop_assert!(all_once(&walked));
        let (given, expected) = lasting(&walked, &list, &after);
        prop_assert_eq!(given, expected);
    }

    #[test]
    fn a_removal_from_a_list_by_page_number_is_made_sure_of(
        list in lists(0.0), size in 1..40_u64, place: usize, when in 2..30_u64, count in 1..4_usize,
    ) {
        // It is sure of its items while nothing moves back and forth between its requests: here things go once.
        let list = List { honest_next: true, past_end: 0, past: Past::Nothing, ..list };
        let walking = Walking { make_sure: true, ..Walking::default() };
        let mut after = list.clone();
        let walked = walk(&mut after, Style::Page, Some(size), &walking, |now, request| {
            if request == when {
                (0..count).for_each(|next| change(now, &Change::Remove(place.wrapping_add(7 * next)), &mut 0));
            }
        });
        prop_assert!(all_once(&walked));
        let (mut given, expected) = lasting(&walked, &list, &after);
        // What had moved over a border comes late.
        given.sort_unstable();
        prop_assert_eq!(given, expected);
    }
}
