//! The jobs of a chart.

use std::sync::Arc;

use oar_scheduler_core::{Hold, Job, JobId, ProcSet, Time};

use crate::picture::rows::Rows;

/// The most timesharing jobs that are drawn side by side; beyond, they are drawn over each other.
const SHARERS_MAX: usize = 1000;

/// How a job stands in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Moment {
    /// It held its resources before the round, and does now.
    Running,
    /// It held them before the round, for later.
    Reserved,
    /// The round starts it now.
    StartsNow,
    /// The round gives it its place now, on resources that are switched off.
    WakesUp,
    /// The round places it later.
    Planned,
}

/// What a job is for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// Others run inside.
    Container,
    /// Others may take its resources.
    Placeholder,
    /// Normal jobs may take its resources away.
    Besteffort,
    Normal,
}

/// A job with its place.
#[derive(Debug, Clone)]
pub(super) struct Bar {
    pub job: Arc<Job>,
    pub begin: Time,
    /// The last second.
    pub end: Time,
    pub resources: ProcSet,
    pub moment: Moment,
    pub role: Role,
    pub patches: Vec<Patch>,
    /// The normal job that takes resources from this besteffort job, and when.
    pub taken_by: Option<(JobId, Time)>,
}

/// A part of a bar from row to row (`to` excluded), `share` of `shares` of its height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Patch {
    pub from: u64,
    pub to: u64,
    pub share: usize,
    pub shares: usize,
}

impl Bar {
    /// A hold, which the round has decided or found.
    pub fn new(hold: &Hold, is_placed: bool, now: Time, absent: &ProcSet) -> Self {
        let moment = match (is_placed, hold.begin <= now) {
            (false, true) => Moment::Running,
            (false, false) => Moment::Reserved,
            (true, true) if hold.resources.intersects(absent) => Moment::WakesUp,
            (true, true) => Moment::StartsNow,
            (true, false) => Moment::Planned,
        };
        let role = if hold.job.has_type("container") {
            Role::Container
        } else if hold.job.has_type("placeholder") {
            Role::Placeholder
        } else if hold.job.is_besteffort() {
            Role::Besteffort
        } else {
            Role::Normal
        };
        let (begin, end) = (hold.begin, hold.end);
        Self {
            job: Arc::clone(&hold.job),
            begin,
            end,
            resources: hold.resources.clone(),
            moment,
            role,
            patches: Vec::new(),
            taken_by: None,
        }
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.begin <= other.end && other.begin <= self.end && self.resources.intersects(&other.resources)
    }
}

/// Finds out which besteffort jobs lose their resources: those that held them before the round, to normal jobs that it places.
pub(super) fn find_taken(bars: &mut [Bar]) {
    let is_placed = |bar: &Bar| !matches!(bar.moment, Moment::Running | Moment::Reserved);
    let is_normal = |bar: &Bar| !bar.job.is_besteffort() && bar.job.inner_of().is_none();
    let takers: Vec<(JobId, Time, Time, ProcSet)> = bars
        .iter()
        .filter(|bar| is_placed(bar) && is_normal(bar))
        .map(|bar| (bar.job.id, bar.begin, bar.end, bar.resources.clone()))
        .collect();
    for bar in bars.iter_mut().filter(|bar| !is_placed(bar) && bar.role == Role::Besteffort) {
        let meets = |(_, begin, end, resources): &&(JobId, Time, Time, ProcSet)| {
            *begin <= bar.end && bar.begin <= *end && resources.intersects(&bar.resources)
        };
        let first = takers.iter().filter(meets).min_by_key(|(job, begin, ..)| (*begin, *job));
        bar.taken_by = first.map(|(job, begin, ..)| (*job, (*begin).max(bar.begin)));
    }
}

/// Gives every bar its rows. Jobs that share their time on a resource share its height.
pub(super) fn lay_out(bars: &mut [Bar], rows: &Rows) {
    for bar in bars.iter_mut() {
        let runs = rows.of(&bar.resources).into_iter();
        bar.patches = runs.map(|(from, to)| Patch { from, to, share: 0, shares: 1 }).collect();
    }
    let sharers: Vec<usize> =
        (0..bars.len()).filter(|&at| bars.get(at).is_some_and(|bar| bar.job.has_type("timesharing"))).collect();
    if sharers.len() > SHARERS_MAX {
        return;
    }
    for cluster in clusters(bars, &sharers) {
        let shares = 1 + cluster.iter().map(|(_, share)| *share).max().unwrap_or_default();
        if shares > 1 {
            side_by_side(bars, &cluster, shares);
        }
    }
}

/// Groups of bars that overlap, directly or by way of others, each bar with the share that it takes.
fn clusters(bars: &[Bar], sharers: &[usize]) -> Vec<Vec<(usize, usize)>> {
    let overlap = |a: usize, b: usize| bars.get(a).zip(bars.get(b)).is_some_and(|(a, b)| a.overlaps(b));
    let mut clusters: Vec<Vec<(usize, usize)>> = Vec::new();
    for &bar in sharers {
        let (touched, mut others): (Vec<_>, Vec<_>) =
            clusters.into_iter().partition(|cluster| cluster.iter().any(|(other, _)| overlap(bar, *other)));
        let mut cluster: Vec<(usize, usize)> = touched.into_iter().flatten().collect();
        let taken: Vec<usize> =
            cluster.iter().filter(|(other, _)| overlap(bar, *other)).map(|(_, share)| *share).collect();
        let share = (0..).find(|share| !taken.contains(share)).unwrap_or_default();
        cluster.push((bar, share));
        others.push(cluster);
        clusters = others;
    }
    clusters
}

/// Cuts the bars of a cluster where the others begin and end, so that they agree on the height that they share.
fn side_by_side(bars: &mut [Bar], cluster: &[(usize, usize)], shares: usize) {
    let runs = |bar: usize| bars.get(bar).map(|bar| bar.patches.clone()).unwrap_or_default();
    let all: Vec<(usize, Vec<Patch>)> = cluster.iter().map(|&(bar, _)| (bar, runs(bar))).collect();
    let mut cuts: Vec<u64> =
        all.iter().flat_map(|(_, patches)| patches.iter().flat_map(|patch| [patch.from, patch.to])).collect();
    cuts.sort_unstable();
    cuts.dedup();
    for &(bar, share) in cluster {
        let mut patches = Vec::new();
        for patch in runs_of(&all, bar) {
            let mut from = patch.from;
            for to in cuts.iter().copied().filter(|cut| *cut > patch.from && *cut <= patch.to) {
                let is_shared = all.iter().any(|(other, patches)| {
                    *other != bar && patches.iter().any(|patch| patch.from < to && from < patch.to)
                });
                let (share, shares) = if is_shared { (share, shares) } else { (0, 1) };
                patches.push(Patch { from, to, share, shares });
                from = to;
            }
        }
        if let Some(bar) = bars.get_mut(bar) {
            bar.patches = patches;
        }
    }
}

fn runs_of(all: &[(usize, Vec<Patch>)], bar: usize) -> &[Patch] {
    all.iter().find(|(other, _)| *other == bar).map(|(_, patches)| patches.as_slice()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use oar_scheduler_core::Hierarchy;

    use super::*;

    fn sharer(begin: i64, end: i64, resources: &str) -> Bar {
        let types = BTreeMap::from([("timesharing".to_owned(), String::new())]);
        Bar {
            job: Arc::new(Job { types, ..Job::default() }),
            begin: Time(begin),
            end: Time(end),
            resources: resources.parse().unwrap(),
            moment: Moment::Running,
            role: Role::Normal,
            patches: Vec::new(),
            taken_by: None,
        }
    }

    #[test]
    fn timesharing_jobs_share_the_height_where_they_meet() {
        let mut bars = [sharer(0, 9, "1-8"), sharer(5, 20, "1-4"), sharer(30, 40, "1-4")];
        lay_out(&mut bars, &Rows::new(&"1-8".parse().unwrap(), &Hierarchy::default()));
        let [first, second, third] = bars;
        let patch = |from, to, share, shares| Patch { from, to, share, shares };
        assert_eq!(first.patches, [patch(0, 4, 0, 2), patch(4, 8, 0, 1)]);
        assert_eq!(second.patches, [patch(0, 4, 1, 2)]);
        assert_eq!(third.patches, [patch(0, 4, 0, 1)]);
    }
}
