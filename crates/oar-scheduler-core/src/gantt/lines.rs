//! The timelines on which jobs are placed: each is made from the list of holds when it is first asked for, and follows it from then on.
//!
//! A timeline shows one view to one kind of access at one grain. So neither sharing nor containers nor the levels of the hierarchy are looked at when a job
//! is placed: its timeline knows only free and taken places.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Gantt, Hold, View};
use crate::bits::{self, Part};
use crate::hierarchy::Places;
use crate::machine::Machine;
use crate::procset::ProcSet;
use crate::sharing::Access;
use crate::timeline::Timeline;
use crate::units::Time;

/// More timelines than this are not kept.
pub(crate) const LINES_MAX: usize = 256;

/// What a timeline shows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LineKey {
    besteffort: bool,
    container: Option<String>,
    missing: bool,
    access: Access,
    grain: Grain,
}

/// What a place of a timeline is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grain {
    /// A single usable resource of those that are in some block.
    Resource,
    /// A block of a level whose blocks do not overlap.
    Block(String),
}

/// A timeline, and how far it has followed the holds.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// No other line of the round has, or had, this number.
    pub number: usize,
    pub timeline: Timeline,
    /// The places that there are in the beginning, as words.
    there: Vec<u64>,
    /// What its places are.
    pub places: Arc<Places>,
    /// How many holds of the list it shows.
    followed: usize,
    last_used: usize,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Lines {
    lines: BTreeMap<LineKey, Line>,
    /// How often lines were asked for.
    uses: usize,
    /// How many lines were made.
    made: usize,
}

impl Lines {
    /// A container has changed: its timelines must be made anew.
    pub fn forget(&mut self, container: &str) {
        self.lines.retain(|key, _| key.container.as_deref() != Some(container));
    }

    pub fn slots(&self) -> usize {
        self.lines.values().map(|line| line.timeline.len()).sum()
    }
}

impl LineKey {
    /// The timeline that shows this view to a job with this access.
    pub fn new(gantt: &Gantt, view: View<'_>, access: &Access, grain: Grain) -> Self {
        let is_offered = match access {
            Access::Free => false,
            Access::Offered(offer) => gantt.offers.contains(offer),
            Access::HeldBy(_) => true,
        };
        Self {
            besteffort: view.besteffort && gantt.besteffort.is_some(),
            container: view.container.map(str::to_owned),
            missing: view.missing && gantt.machines.differ(),
            access: if is_offered { access.clone() } else { Access::Free },
            grain,
        }
    }

    /// What a place is on it.
    pub fn grain(&self) -> &Grain {
        &self.grain
    }

    /// Whether there are places for what is missing.
    pub fn missing(&self) -> bool {
        self.missing
    }

    fn view(&self) -> View<'_> {
        View { besteffort: self.besteffort, container: self.container.as_deref(), missing: self.missing }
    }

    /// Whether a hold takes anything away on the timeline.
    pub fn is_in_the_way(&self, hold: &Hold) -> bool {
        hold.is_seen(self.view()) && hold.begin <= hold.end && !self.access.admits(hold.job.id, &hold.offers)
    }

    /// What a hold changes on the timeline. Of single resources it shows where every hold begins and ends: requests are matched on them that may fit later on
    /// fewer resources.
    fn change(&self, hold: &Hold, places: &Places) -> Option<Part> {
        if !hold.is_seen(self.view()) || hold.begin > hold.end {
            return None;
        }
        let part = if self.is_in_the_way(hold) { places.touched(&hold.resources) } else { Part::default() };
        Some(part).filter(|part| self.cuts_always() || !part.is_empty())
    }

    fn cuts_always(&self) -> bool {
        self.grain == Grain::Resource
    }
}

impl Gantt {
    /// A place for each resource that a view shows and requests can ask for.
    pub(crate) fn places_of_resources(&self, view: View<'_>) -> Places {
        let Machine { usable, hierarchy, .. } = self.machine(view);
        Places::of_resources(&usable.intersection(hierarchy.all()))
    }

    /// Takes out a timeline, up to date; `None`: there is no such container. It is made anew when it is not given back.
    pub(crate) fn take_line(&mut self, key: &LineKey) -> Option<Line> {
        match self.lines.lines.remove(key) {
            Some(mut line) => {
                line.follow(self, key, self.holds.len());
                Some(line)
            }
            None => {
                self.lines.made += 1;
                Line::new(self, key, self.lines.made, self.holds.len())
            }
        }
    }

    /// Gives a timeline back.
    pub(crate) fn keep_line(&mut self, key: LineKey, mut line: Line) {
        self.lines.uses += 1;
        line.last_used = self.lines.uses;
        let lines = &mut self.lines.lines;
        if lines.len() >= LINES_MAX {
            let oldest = lines.values().map(|line| line.last_used).min();
            lines.retain(|_, line| Some(line.last_used) != oldest);
        }
        lines.insert(key, line);
    }
}

impl Line {
    /// The timeline as it was when there were so many holds; `None`: there is no such container.
    pub fn new(gantt: &Gantt, key: &LineKey, number: usize, upto: usize) -> Option<Self> {
        let places = match &key.grain {
            Grain::Resource => Arc::new(gantt.places_of_resources(key.view())),
            Grain::Block(level) => Arc::clone(gantt.machine(key.view()).hierarchy.places(level)?),
        };
        let words = bits::words(places.count());
        let base = gantt.base_of(key.view())?;
        let base: Vec<(Time, Vec<u64>)> =
            base.iter().map(|(from, there)| (*from, bits::set(places.inside(there), words))).collect();
        let holds = gantt.holds.get(..upto).unwrap_or_default();
        let (old, new): (Vec<&Hold>, Vec<&Hold>) = holds.iter().partition(|hold| hold.begin <= gantt.now);
        let from_beginning = old.into_iter().filter_map(|hold| Some((hold.end, key.change(hold, &places)?)));
        let mut timeline = Timeline::new(&base, from_beginning.collect(), gantt.end);
        for hold in new {
            take(&mut timeline, hold, &places, key);
        }
        let there = base.into_iter().next().map(|(_, there)| there).unwrap_or_default();
        Some(Self { number, timeline, there, places, followed: upto, last_used: 0 })
    }

    /// All places that there are in the beginning, as words.
    pub fn there(&self) -> &[u64] {
        &self.there
    }

    /// How many holds of the list it shows.
    pub fn followed(&self) -> usize {
        self.followed
    }

    /// What is free from each instant on at which something begins or has ended.
    pub fn free(&self) -> Vec<(Time, ProcSet)> {
        self.timeline.free().map(|(begin, free)| (begin, self.places.resources(&bits::ranges(&free)))).collect()
    }

    /// Takes over what has been held since, until there were so many holds.
    pub fn follow(&mut self, gantt: &Gantt, key: &LineKey, upto: usize) {
        let new = gantt.holds.get(self.followed..upto).unwrap_or_default();
        self.followed = upto.max(self.followed);
        for hold in new {
            take(&mut self.timeline, hold, &self.places, key);
        }
    }
}

fn take(timeline: &mut Timeline, hold: &Hold, places: &Places, key: &LineKey) {
    if let Some(part) = key.change(hold, places) {
        timeline.hold(hold.begin, hold.end, &part, key.cuts_always());
    }
}

#[cfg(test)]
mod tests;
