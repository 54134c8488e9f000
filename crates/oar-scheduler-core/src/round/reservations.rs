//! New advance reservations: placed at their requested start, or refused.

use super::Round;
use super::earliest::{earliest_of, line_of};
use crate::conditions::contradiction;
use crate::hierarchy;
use crate::hooks::Hooks;
use crate::job::WaitingJob;
use crate::plan::Assignment;
use crate::reasons::Cause;
use crate::search::{Search, Span};
use crate::snapshot::QueueGroup;
use crate::units::{Seconds, Time};

impl<H: Hooks> Round<H> {
    pub(super) fn reserve_all(&mut self, reservations: Vec<&WaitingJob>, queues: &[String]) {
        for job in in_order_of_queues(reservations, queues) {
            self.reserve(job);
        }
    }

    pub(super) fn reserve(&mut self, waiting: &WaitingJob) -> Option<&Assignment> {
        let requested = waiting.reservation_start.unwrap_or(self.site.now);
        let invalid = contradiction(&waiting.job).map(|problem| Cause::Invalid { problem });
        let walltime = waiting.moldables.first().map_or(Seconds(0), |moldable| moldable.walltime);
        let too_old = self.site.now >= requested + walltime && walltime.0 > 0;
        let too_old = too_old.then_some(Cause::ReservationTooOld { start: requested });
        let mut could_start_at = None;
        let (causes, is_placeable, assignment) = match invalid.or(too_old) {
            Some(cause) => (vec![cause], false, None),
            None => {
                let start = requested.max(self.site.now);
                let assignment = self.reserved(waiting, start);
                if assignment.is_none() {
                    could_start_at = self.later_start(waiting, start);
                }
                (Vec::new(), true, assignment)
            }
        };
        self.record(waiting, causes, is_placeable, assignment);
        let outcome = self.outcomes.last_mut()?;
        outcome.could_start_at = could_start_at;
        outcome.assignment.as_ref()
    }

    fn reserved(&self, waiting: &WaitingJob, start: Time) -> Option<Assignment> {
        let search = Search::new(&self.gantt, waiting);
        let moldable = waiting.moldables.first()?;
        let groups = self.site.machine(waiting).resolve(moldable).ok()?;
        let end = reservation_end(start, moldable.walltime, self.gantt.security_time());
        if end > search.horizon() {
            return None;
        }
        let resources = hierarchy::find(&groups, &search.available(start, end))?;
        search.is_allowed(&resources, start, end, moldable.walltime).then_some(Assignment {
            job: waiting.job.id,
            moldable: moldable.id,
            start,
            walltime: moldable.walltime,
            resources,
        })
    }

    fn later_start(&mut self, waiting: &WaitingJob, from: Time) -> Option<Time> {
        let moldable = waiting.moldables.first()?;
        let asking = self.requests.asking(waiting, moldable, &self.site.machines)?;
        let window = reservation_end(from, moldable.walltime, self.gantt.security_time()).next() - from;
        let span = Span { window, walltime: moldable.walltime, last: self.site.max_time, size: asking.size };
        let key = line_of(&self.gantt, waiting, asking.grain.clone());
        let mut line = self.gantt.take_line(&key)?;
        let found = earliest_of(&self.gantt, waiting, &asking, &mut line, span, from, &mut self.scratch);
        self.gantt.keep_line(key, line);
        found.place.map(|(start, _)| start)
    }
}

/// The last second that must be free for a reservation: the security time behind it need not be, and is at least one second.
pub(crate) fn reservation_end(start: Time, walltime: Seconds, security_time: Seconds) -> Time {
    (start.end_of(walltime) - security_time).max(start)
}

/// The new reservations of a group.
pub(super) fn new_reservations(group: &QueueGroup) -> impl Iterator<Item = &WaitingJob> {
    group.waiting_jobs.iter().filter(|job| job.reservation_start.is_some())
}

fn in_order_of_queues<'j>(mut reservations: Vec<&'j WaitingJob>, queues: &[String]) -> Vec<&'j WaitingJob> {
    let rank = |job: &WaitingJob| queues.iter().position(|queue| *queue == job.job.queue).unwrap_or(usize::MAX);
    reservations.sort_by_key(|job| (rank(job), job.job.id));
    reservations
}
