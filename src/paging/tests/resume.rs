//! Walks that are broken off and gone on with from a position, in another process and with other rows.

use std::collections::HashSet;

use proptest::prelude::*;

use super::STYLES;
use super::list::{List, lists};
use crate::paging::position::{At, Position};
use crate::paging::walker::Walker;
use crate::paging::{Marks, Style, Walking};

/// A position as it comes back from where it was kept.
fn kept(at: At) -> Option<Position> {
    let operation = "x".to_owned();
    let saved = serde_json::to_string(&Position { operation, at }).unwrap();
    Some(serde_json::from_str(&saved).unwrap())
}

/// Walks for `stop` items, in the middle of a page where that falls there.
fn stretch(
    list: &List,
    style: Style,
    size: u64,
    walking: &Walking,
    stop: Option<usize>,
) -> (Vec<u64>, At) {
    let mut walker = Walker::plain(style, Some(size), walking);
    let mut given = Vec::new();
    if walking
        .resume
        .as_ref()
        .is_some_and(|position| position.at == At::End)
    {
        return (given, At::End);
    }
    loop {
        let (ids, marks) = list.answer(style, &walker.place(), Some(size));
        let taken = walker.take(&ids, &marks);
        let left = stop.map_or(usize::MAX, |stop| stop - given.len());
        let some = taken.fresh.len().min(left);
        given.extend(taken.fresh[..some].iter().map(|place| ids[*place]));
        if taken.end && some == taken.fresh.len() {
            return (given, At::End);
        }
        if some == left {
            return (given, walker.at(&taken.fresh, some));
        }
    }
}

/// A position that nobody gave, with numbers at the edges.
fn forged() -> impl Strategy<Value = At> {
    let number = prop_oneof![0..3_u64, Just(u64::MAX - 1), Just(u64::MAX), any::<u64>()];
    let known = prop::option::of(number.clone());
    let offset = (
        number.clone(),
        any::<bool>(),
        known.clone(),
        number.clone(),
        known.clone(),
    );
    let offset = offset.prop_map(|(start, anchored, tail, proven, possible)| {
        serde_json::json!({ "offset": {
            "start": start, "anchored": anchored, "tail": tail, "seen": [1, 1, 2],
            "reach": { "proven": proven, "possible": possible, "told": true, "honest_next": false, "jumped": true },
        }})
    });
    let page = known.prop_map(|page| serde_json::json!({ "page": { "page": page, "seen": [] } }));
    let cursor = ".{0,8}"
        .prop_map(|cursor| serde_json::json!({ "cursor": { "cursor": cursor, "seen": [3] } }));
    prop_oneof![offset, page, cursor].prop_map(|at| serde_json::from_value(at).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_walk_can_be_broken_off_anywhere(
        list in lists(0.3), size in 1..40_u64, style in prop::sample::select(&STYLES[..]), breaks in prop::collection::vec(0..40_usize, 1..8),
    ) {
        let list = List { honest_next: list.honest_next || style != Style::Offset, ..list };
        let mut walking = Walking { make_sure: true, ..Walking::default() };
        let mut given = Vec::new();
        for stop in breaks.into_iter().map(Some).chain([None]) {
            let (some, at) = stretch(&list, style, size, &walking, stop);
            given.extend(some);
            walking.resume = kept(at);
        }
        prop_assert_eq!(given, list.visible());
    }

    #[test]
    fn rows_may_go_while_a_walk_is_broken_off(
        list in lists(0.0), size in 2..40_u64, page_numbers: bool, stop in 1..60_usize, gone in prop::collection::vec(any::<usize>(), 1..4),
    ) {
        let style = if page_numbers { Style::Page } else { Style::Offset };
        let list = List { cap: list.cap.max(10), past_end: 0, honest_next: true, ..list };
        let mut walking = Walking { make_sure: true, ..Walking::default() };
        let (mut given, at) = stretch(&list, style, size, &walking, Some(stop));
        walking.resume = kept(at);
        let mut after = list.clone();
        for place in gone.into_iter().filter(|_| !list.rows.is_empty()) {
            let length = after.rows.len().max(1);
            after.rows.splice(place % length..(place % length + 1).min(after.rows.len()), []);
        }
        given.extend(stretch(&after, style, size, &walking, None).0);
        let different: HashSet<u64> = given.iter().copied().collect();
        prop_assert_eq!(different.len(), given.len());
        let stayed = after.visible();
        given.retain(|id| stayed.contains(id));
        if page_numbers {
            // What had moved over a border comes late.
            given.sort_unstable();
        }
        prop_assert_eq!(given, stayed);
    }

    #[test]
    fn a_page_by_number_is_broken_off_where_something_came_late(size in 2..8_u64, when in 2..9_u64, gone in 1..4_usize, stop in 1..30_usize) {
        // A few rows go at the beginning, so that what moved over a border is found when a page is read again.
        let mut list = List::plain(30);
        let walking = Walking { make_sure: true, ..Walking::default() };
        let mut walker = Walker::plain(Style::Page, Some(size), &walking);
        let mut given = Vec::new();
        for request in 1.. {
            if request == when {
                list.rows.drain(..gone);
            }
            let (ids, marks) = list.answer(Style::Page, &walker.place(), Some(size));
            let taken = walker.take(&ids, &marks);
            let left = taken.fresh.len().min(stop - given.len());
            given.extend(taken.fresh[..left].iter().map(|place| ids[*place]));
            if given.len() == stop || taken.end {
                let at = walker.at(&taken.fresh, left);
                let resumed = Walking { resume: kept(at), ..walking };
                given.extend(stretch(&list, Style::Page, size, &resumed, None).0);
                break;
            }
        }
        let stayed = list.visible();
        given.retain(|id| stayed.contains(id));
        given.sort_unstable();
        prop_assert_eq!(given, stayed);
    }

    #[test]
    fn no_position_makes_a_walk_panic(at in forged(), style in prop::sample::select(&STYLES[..]), ids in prop::collection::vec(0..9_u64, 0..5)) {
        let walking = Walking { resume: kept(at), fetch_ahead: 8, ..Walking::default() };
        let mut walker = Walker::plain(style, Some(5), &walking);
        let marks = Marks { next: Some("?start=18446744073709551615&page=18446744073709551615&cursor=x".to_owned()), ..Marks::default() };
        for _ in 0..5 {
            prop_assert!(walker.guesses(64).len() <= 64);
            let taken = walker.take(&ids, &marks);
            walker.at(&taken.fresh, taken.fresh.len() / 2);
        }
    }
}
