//! What is available when.
//!
//! A timeline is cut into slots, maximal spans in which nothing begins or ends. Each slot keeps what nobody holds, and what is held but
//! offered to others. Invariants: slots are contiguous, the first begins with the timeline, and `free` and `offered` lie within the base.

use std::collections::BTreeMap;

use crate::procset::ProcSet;
use crate::sharing::{Access, Offer};
use crate::units::Time;

mod free;

use free::Free;

/// What is available from the first to the last second of a round, on the whole machine or inside a container.
#[derive(Debug, Clone)]
pub struct Timeline {
    end: Time,
    /// What there is at all, from each instant on; the first from the beginning.
    base: Vec<(Time, ProcSet)>,
    /// What there ever is.
    all: ProcSet,
    slots: Vec<Slot>,
}

/// A span in which nothing changes. It lasts until the next slot begins.
#[derive(Debug, Clone)]
pub struct Slot {
    begin: Time,
    free: Free,
    /// Resources whose every hold makes the offer.
    offered: BTreeMap<Offer, ProcSet>,
}

impl Slot {
    /// The slot's first second.
    #[must_use]
    pub fn begin(&self) -> Time {
        self.begin
    }

    /// What nobody holds.
    #[must_use]
    pub fn free(&self) -> ProcSet {
        self.free.to_set()
    }

    /// What is held but open to others, by offer.
    pub fn offered(&self) -> impl Iterator<Item = (&Offer, &ProcSet)> {
        self.offered.iter()
    }

    /// At most so many resources are available.
    fn count(&self, access: &Access) -> u64 {
        let shared = match access {
            Access::Offered(offer) => self.offered.get(offer).map_or(0, ProcSet::len),
            Access::Free | Access::HeldBy(_) => 0,
        };
        self.free.len().saturating_add(shared)
    }

    /// What a job may take that has access to this offer.
    fn available(&self, offer: &Offer) -> ProcSet {
        let free = self.free.to_set();
        self.offered.get(offer).map_or(free.clone(), |shared| free.union(shared))
    }
}

impl Timeline {
    /// A timeline up to and including `end`, on a base given as steps: from each instant (ascending; the first is the beginning) what there is.
    #[must_use]
    pub fn new(base: Vec<(Time, ProcSet)>, end: Time) -> Self {
        let all = base.iter().fold(ProcSet::new(), |all, (_, there)| all.union(there));
        let slot = |(begin, there): &(Time, ProcSet)| Slot {
            begin: *begin,
            free: Free::new(there, &all),
            offered: BTreeMap::new(),
        };
        Self { end, slots: base.iter().map(slot).collect(), base, all }
    }

    /// The last second.
    #[must_use]
    pub fn end(&self) -> Time {
        self.end
    }

    /// The slots, ascending.
    #[must_use]
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The slots with the last second of each.
    pub fn spans(&self) -> impl Iterator<Item = (&Slot, Time)> {
        let ends = self.slots.iter().skip(1).map(|next| next.begin.previous()).chain([self.end]);
        self.slots.iter().zip(ends)
    }

    /// The begins of the slots from `from` on, and `from` itself: where a job can start.
    pub fn starts(&self, from: Time) -> impl Iterator<Item = Time> + '_ {
        let first = self.slots.partition_point(|slot| slot.begin <= from);
        let later = self.slots.get(first..).unwrap_or_default().iter().map(|slot| slot.begin);
        std::iter::once(from).chain(later)
    }

    /// Takes resources away over `[begin, end]`, as far as the timeline reaches, leaving them to those who may use an offer.
    pub fn hold(&mut self, begin: Time, end: Time, resources: &ProcSet, offers: &[Offer]) {
        let Some(start) = self.slots.first().map(|slot| slot.begin) else { return };
        let (begin, end) = (begin.max(start), end.min(self.end));
        if begin > end {
            return;
        }
        let first = self.cut(begin);
        let last = if end < self.end { self.cut(end.next()) } else { self.slots.len() };
        let Some(part) = self.slots.first().map(|slot| slot.free.part(resources)) else { return };
        for slot in self.slots.get_mut(first..last).unwrap_or_default() {
            for (open_to, shared) in &mut slot.offered {
                if !offers.contains(open_to) && shared.intersects(resources) {
                    *shared = shared.difference(resources);
                }
            }
            let was_free = if offers.is_empty() { ProcSet::new() } else { slot.free.to_set().intersection(resources) };
            if slot.free.remove(&part) {
                for offer in offers {
                    let shared = slot.offered.entry(offer.clone()).or_default();
                    *shared = shared.union(&was_free);
                }
            }
        }
    }

    /// The same as [`Timeline::hold`] for many holds without offers that begin no later than the timeline: `(end, resources)`.
    pub fn hold_from_beginning(&mut self, mut holds: Vec<(Time, &ProcSet)>) {
        let Some(start) = self.slots.first().map(|slot| slot.begin) else { return };
        holds.retain(|(end, _)| *end >= start);
        holds.sort_by_key(|(end, _)| *end);
        let mut ends: Vec<Time> = holds.iter().map(|(end, _)| *end).filter(|end| *end < self.end).collect();
        ends.dedup();
        self.cut_all(ends.iter().map(|end| end.next()));
        // Backwards in time, ever less is left.
        let mut left = Free::new(&self.all, &self.all);
        let mut slot_end = self.end;
        for slot in self.slots.iter_mut().rev() {
            while let Some((_, resources)) = holds.pop_if(|(end, _)| *end >= slot_end) {
                let part = left.part(resources);
                left.remove(&part);
            }
            slot.free.intersect(&left);
            for shared in slot.offered.values_mut() {
                *shared = shared.intersection(&left.to_set());
            }
            slot_end = slot.begin.previous();
        }
    }

    /// Makes slots begin at these instants, ascending.
    fn cut_all(&mut self, instants: impl Iterator<Item = Time>) {
        let mut cut = Vec::with_capacity(self.slots.len());
        let mut slots = std::mem::take(&mut self.slots).into_iter().peekable();
        for instant in instants {
            while let Some(slot) = slots.next_if(|slot| slot.begin <= instant) {
                cut.push(slot);
            }
            if let Some(before) = cut.last().filter(|slot: &&Slot| slot.begin < instant) {
                let slot = Slot { begin: instant, ..before.clone() };
                cut.push(slot);
            }
        }
        cut.extend(slots);
        self.slots = cut;
    }

    /// Where fewer than `fewest` resources are available, for windows that begin ever later.
    #[must_use]
    pub fn shortages<'a>(&'a self, access: &'a Access, fewest: u64) -> Shortages<'a> {
        Shortages { slots: &self.slots, next: 0, over: None, access, fewest }
    }

    /// The index of the slot that begins at `instant`, made if there is none. `instant` lies within the timeline.
    fn cut(&mut self, instant: Time) -> usize {
        let at = self.slots.partition_point(|slot| slot.begin < instant);
        let begins_there = self.slots.get(at).is_some_and(|slot| slot.begin == instant);
        if !begins_there && let Some(before) = at.checked_sub(1).and_then(|before| self.slots.get(before)) {
            let slot = Slot { begin: instant, ..before.clone() };
            self.slots.insert(at, slot);
        }
        at
    }

    /// What is available in every second of `[begin, end]`.
    #[must_use]
    pub fn available(&self, begin: Time, end: Time, access: &Access) -> ProcSet {
        let mut slots = overlapping(&self.slots, |slot| slot.begin, begin, end);
        let Some(first) = slots.next() else { return ProcSet::new() };
        let Access::Offered(offer) = access else {
            let mut free = first.free.clone();
            for slot in slots {
                if free.len() == 0 {
                    break;
                }
                free.intersect(&slot.free);
            }
            return free.to_set();
        };
        slots.fold(first.available(offer), |available, slot| {
            if available.is_empty() { available } else { available.intersection(&slot.available(offer)) }
        })
    }

    /// How many resources are free from the beginning to the last second of each slot, as long as there are any.
    pub(crate) fn staying_free(&self) -> Vec<(Time, u64)> {
        let Some(mut free) = self.slots.first().map(|slot| slot.free.clone()) else { return Vec::new() };
        let counts = self.spans().map(|(slot, end)| {
            free.intersect(&slot.free);
            (end, free.len())
        });
        counts.take_while(|(_, count)| *count > 0).collect()
    }

    /// What there is at all in every second of `[begin, end]`, whoever holds it.
    #[must_use]
    pub fn base(&self, begin: Time, end: Time) -> ProcSet {
        let mut steps = overlapping(&self.base, |step| step.0, begin, end).map(|(_, base)| base);
        let Some(first) = steps.next() else { return ProcSet::new() };
        steps.fold(first.clone(), |all, base| all.intersection(base))
    }

    /// The steps of the base over `[begin, end]`, each with its first and last second.
    pub fn base_steps(&self, begin: Time, end: Time) -> impl Iterator<Item = (Time, Time, &ProcSet)> {
        let ends = self.base.iter().skip(1).map(|(next, _)| next.previous()).chain([self.end]);
        let steps = self.base.iter().zip(ends).map(|((from, base), to)| (*from, to, base));
        steps.filter(move |&(from, to, _)| from <= end && to >= begin)
    }
}

/// Finds slots with too few resources by their counts; each slot is looked at once.
#[derive(Debug)]
pub struct Shortages<'a> {
    slots: &'a [Slot],
    /// The first slot that was not looked at.
    next: usize,
    /// When the last shortage found is over.
    over: Option<Time>,
    access: &'a Access,
    fewest: u64,
}

impl Shortages<'_> {
    /// Whether there is a shortage within `[begin, end]`. Neither may be earlier than at the call before.
    pub fn meet(&mut self, begin: Time, end: Time) -> bool {
        while let Some(slot) = self.slots.get(self.next).filter(|slot| slot.begin <= end) {
            self.next += 1;
            if slot.count(self.access) < self.fewest {
                self.over = Some(self.slots.get(self.next).map_or(Time(i64::MAX), |next| next.begin));
            }
        }
        self.over.is_some_and(|over| begin < over)
    }
}

/// The spans of an ascending list that overlap `[begin, end]`; each lasts until the next begins.
fn overlapping<T>(
    spans: &[T],
    begin_of: impl Fn(&T) -> Time + Copy,
    begin: Time,
    end: Time,
) -> impl Iterator<Item = &T> {
    let first = spans.partition_point(|span| begin_of(span) <= begin).saturating_sub(1);
    spans.get(first..).unwrap_or_default().iter().take_while(move |span| begin_of(span) <= end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sharing::TimesharingKey;

    fn set(text: &str) -> ProcSet {
        text.parse().unwrap()
    }

    fn machine(resources: &str, begin: i64, end: i64) -> Timeline {
        Timeline::new(vec![(Time(begin), set(resources))], Time(end))
    }

    fn shown(timeline: &Timeline) -> String {
        let spans = timeline.spans().map(|(slot, end)| format!("({}-{}: {})", slot.begin, end, slot.free()));
        spans.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_hold_ends_one_second_before_its_walltime_is_over() {
        let mut timeline = machine("1-32", 0, 60);
        timeline.hold(Time(0), Time(0).end_of(crate::units::Seconds(60)), &set("1-16"), &[]);
        assert_eq!(shown(&timeline), "(0-59: 17-32) (60-60: 1-32)");
    }

    #[test]
    fn holds_cut_the_timeline_where_they_begin_and_end() {
        let mut timeline = machine("1-32", 1, 100);
        timeline.hold(Time(5), Time(14), &set("10-20"), &[]);
        timeline.hold(Time(30), Time(49), &set("5-15 20-28"), &[]);
        assert_eq!(
            shown(&timeline),
            "(1-4: 1-32) (5-14: 1-9 21-32) (15-29: 1-32) (30-49: 1-4 16-19 29-32) (50-100: 1-32)"
        );
    }

    #[test]
    fn holds_outside_the_timeline_change_nothing() {
        let mut timeline = machine("1-4", 10, 20);
        timeline.hold(Time(0), Time(9), &set("1"), &[]);
        timeline.hold(Time(21), Time(30), &set("1"), &[]);
        timeline.hold(Time(15), Time(14), &set("1"), &[]);
        assert_eq!(shown(&timeline), "(10-20: 1-4)");
        timeline.hold(Time(i64::MIN), Time(i64::MAX), &set("1"), &[]);
        assert_eq!(shown(&timeline), "(10-20: 2-4)");
    }

    #[test]
    fn an_offer_stands_while_every_hold_makes_it() {
        let alice = Offer::Timesharing(TimesharingKey { user: Some("alice".to_owned()), name: None });
        let bob = Offer::Timesharing(TimesharingKey { user: Some("bob".to_owned()), name: None });
        let mut timeline = machine("1-4", 0, 9);
        timeline.hold(Time(0), Time(9), &set("1-2"), std::slice::from_ref(&alice));
        timeline.hold(Time(0), Time(9), &set("2-3"), std::slice::from_ref(&alice));
        let seen = |timeline: &Timeline, offer: &Offer| {
            timeline.available(Time(0), Time(9), &Access::Offered(offer.clone())).to_string()
        };
        assert_eq!(seen(&timeline, &alice), "1-4");
        assert_eq!(seen(&timeline, &bob), "4");
        timeline.hold(Time(5), Time(5), &set("2"), std::slice::from_ref(&bob));
        assert_eq!(seen(&timeline, &alice), "1 3-4");
        assert_eq!(timeline.available(Time(0), Time(4), &Access::Offered(alice)), set("1-4"));
        assert_eq!(timeline.available(Time(0), Time(9), &Access::Free), set("4"));
    }

    #[test]
    fn the_base_is_what_there_is_whoever_holds_it() {
        let mut timeline = Timeline::new(vec![(Time(0), set("1-4")), (Time(10), set("1-2"))], Time(20));
        timeline.hold(Time(0), Time(20), &set("1"), &[]);
        assert_eq!(timeline.base(Time(0), Time(9)), set("1-4"));
        assert_eq!(timeline.base(Time(9), Time(10)), set("1-2"));
        assert_eq!(timeline.available(Time(9), Time(10), &Access::Free), set("2"));
    }
}
