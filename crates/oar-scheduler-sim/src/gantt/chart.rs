//! What a picture shows.

use std::collections::BTreeMap;

use oar_scheduler_core::{JobId, Plan, ProcSet, Round, RoundError, Time};
use oar_scheduler_hooks::Plugins;

use super::bars::{self, Bar, Moment};
use crate::input;
use crate::picture::rows::Rows;
use crate::text::Clock;

/// How much of the width lies before now.
const PAST: f64 = 0.025;

/// A round, decided and laid out.
#[derive(Debug)]
pub(super) struct Chart {
    pub name: Option<String>,
    pub time_zone: String,
    pub clock: Clock,
    pub plan: Plan,
    /// The time at the left edge and at the right edge, in seconds from now.
    pub span: (f64, f64),
    pub rows: Rows,
    pub bars: Vec<Bar>,
    pub absent: ProcSet,
    /// What leaves, and when.
    pub leaving: Vec<(Time, ProcSet)>,
    /// What holds each job back, in words.
    pub reasons: BTreeMap<JobId, String>,
    /// The jobs without a place: number, user, why.
    pub unplaced: Vec<(JobId, String, String)>,
}

impl Chart {
    /// Decides a round and lays it out, up to `hours` from now or the end of the last placed job.
    pub fn new(round: &input::Round, plugins: &Plugins, hours: Option<f64>) -> Result<Self, RoundError> {
        let snapshot = &round.snapshot;
        let mut running = Round::new(snapshot, plugins)?;
        let scheduled = running.gantt().holds().len();
        for group in &snapshot.groups {
            running.place_group(group);
        }
        let (now, absent) = (snapshot.now, &snapshot.resources.absent);
        let shown = |hold: &&oar_scheduler_core::Hold| hold.end >= now && hold.begin <= hold.end;
        let holds = running.gantt().holds().iter().enumerate();
        let bars = holds.filter(|(_, hold)| shown(hold)).map(|(at, hold)| Bar::new(hold, at >= scheduled, now, absent));
        let mut bars: Vec<Bar> = bars.collect();
        bars::find_taken(&mut bars);
        // Whatever others are drawn upon comes first.
        bars.sort_by_key(|bar| (bar.role, bar.begin));
        let held = ProcSet::from_ranges(bars.iter().flat_map(|bar| bar.resources.ranges()));
        let rows = Rows::new(&snapshot.resources.usable.union(&held), &snapshot.resources.hierarchy);
        bars::lay_out(&mut bars, &rows);
        let end = last_end(&bars, now).unwrap_or(3600.0);
        let end = hours.map_or(end, |hours| end.min(hours * 3600.0)).max(1.0);
        let plan = running.finish();
        let reasons = plan.reasons.iter().map(|reason| (reason.job, reason.line.clone())).collect();
        Ok(Self {
            name: round.name.clone(),
            time_zone: snapshot.time_zone.clone(),
            clock: Clock::of(snapshot),
            span: (-PAST * end, end),
            rows,
            bars,
            absent: absent.clone(),
            leaving: snapshot
                .resources
                .available_upto
                .iter()
                .map(|upto| (upto.until, upto.resources.clone()))
                .collect(),
            unplaced: unplaced(&plan, &reasons, round),
            reasons,
            plan,
        })
    }

    pub fn now(&self) -> Time {
        self.plan.now
    }

    /// Whether a bar goes on beyond the left edge and the right edge.
    pub fn is_cut(&self, bar: &Bar) -> (bool, bool) {
        let (from, to) = self.span;
        (seconds(bar.begin, self.now()) < from, seconds(bar.end, self.now()) + 1.0 > to)
    }

    /// What holds a job back, in words.
    pub fn reason(&self, job: JobId) -> Option<&str> {
        self.reasons.get(&job).map(String::as_str)
    }

    /// How many jobs start now and later.
    pub fn starts(&self) -> (usize, usize) {
        let placed = |moments: [Moment; 2]| self.bars.iter().filter(|bar| moments.contains(&bar.moment)).count();
        (placed([Moment::StartsNow; 2]), placed([Moment::Planned, Moment::WakesUp]))
    }
}

/// The end of the last placed job, or else of the last that holds resources, in seconds from now.
fn last_end(bars: &[Bar], now: Time) -> Option<f64> {
    let ends = |is_shown: fn(&Bar) -> bool| bars.iter().filter(move |bar| is_shown(bar)).map(|bar| bar.end).max();
    let is_placed = |bar: &Bar| matches!(bar.moment, Moment::StartsNow | Moment::WakesUp | Moment::Planned);
    ends(is_placed).or_else(|| ends(|_| true)).map(|end| seconds(end, now) + 1.0)
}

/// Seconds from one instant to another, whatever they are.
pub(super) fn seconds(at: Time, from: Time) -> f64 {
    (i128::from(at.0) - i128::from(from.0)) as f64
}

fn unplaced(plan: &Plan, reasons: &BTreeMap<JobId, String>, round: &input::Round) -> Vec<(JobId, String, String)> {
    let waiting = round.snapshot.groups.iter().flat_map(|group| &group.waiting_jobs);
    let users: BTreeMap<JobId, &str> =
        waiting.rev().map(|waiting| (waiting.job.id, waiting.job.user.as_str())).collect();
    let of = |job: JobId| {
        let user = users.get(&job).copied().unwrap_or_default().to_owned();
        (job, user, reasons.get(&job).cloned().unwrap_or_default())
    };
    plan.unscheduled.iter().map(|none| of(none.job)).collect()
}
