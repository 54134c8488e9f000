//! A round: the jobs of each queue group, placed one by one.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::conditions::{Conditions, contradiction};
use crate::gantt::{Gantt, View};
use crate::hooks::{AssignRequest, BeforeGroup, HookError, Hooks, Placement, PluginCall, Preparation, PropertyChange};
use crate::job::{Job, Moldable, ScheduledJob, WaitingJob};
use crate::machine::{Machine, Machines};
use crate::ordering::{ConfiguredPlugin, Ordering, Priority};
use crate::plan::{self, Assignment, Plan, Unscheduled};
use crate::procset::ProcSet;
use crate::quotas::{Quotas, QuotasError};
use crate::reasons::{Cause, Explainer, NO_PLACE_NOW, Reason};
use crate::requests::Requests;
use crate::search::Search;
use crate::snapshot::{AvailableUpto, KnownJob, QueueGroup, Snapshot};
use crate::text::shortened;
use crate::timeline::Scratch;
use crate::tokens::Tokens;
use crate::units::{JobId, Time};

mod earliest;
mod finder;
mod known_starts;
mod order;
mod reservations;
mod starting_now;

pub(crate) use finder::Finder;
use known_starts::KnownStarts;
use reservations::new_reservations;
pub(crate) use reservations::reservation_end;
use starting_now::Hopes;

/// Why a round cannot take place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoundError {
    /// The quotas cannot be read; going on would mean going on without them.
    #[error(transparent)]
    Quotas(#[from] QuotasError),
    /// The time zone is unknown.
    #[error("expected the name of a time zone such as `Europe/Paris`, found {0:?}")]
    TimeZone(String),
    /// The timeline would end before it begins.
    #[error("expected a max_time not before now ({now}), found {max_time}")]
    MaxTime {
        /// The time of the round.
        now: Time,
        /// The end of its timeline.
        max_time: Time,
    },
    /// No machine is so large.
    #[error("expected a machine of at most {USABLE_MAX} usable resources in its hierarchy, found {0}")]
    Machine(u64),
}

/// The most resources that a round works with.
const USABLE_MAX: u64 = 1 << 26;

/// Decides a whole round.
///
/// # Errors
/// When the snapshot's quotas or time zone cannot be used. What is wrong with one job never is an error: that job waits, with its reason.
pub fn plan<H: Hooks>(snapshot: &Snapshot, hooks: H) -> Result<Plan, RoundError> {
    let mut round = Round::new(snapshot, hooks)?;
    for group in &snapshot.groups {
        round.place_group(group);
    }
    Ok(round.finish())
}

/// A round in steps, for a meta-scheduler: build it, place groups and reservations, hold what others have placed, finish.
#[derive(Debug)]
pub struct Round<H> {
    hooks: H,
    site: Site,
    gantt: Gantt,
    tokens: Tokens,
    /// The numbers of the waiting jobs handled so far, sorted.
    seen: Vec<JobId>,
    placed: usize,
    requests: Requests,
    scratch: Scratch,
    known_starts: KnownStarts,
    previous_queues: Option<Vec<String>>,
    outcomes: Vec<Outcome>,
    priorities: Vec<Priority>,
    property_changes: Vec<PropertyChange>,
    warnings: Vec<String>,
}

/// What a round cost, whatever the machine that decided it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// The slots of all timelines.
    pub slots: usize,
    /// The windows on which a request was matched.
    pub candidates: u64,
}

/// What does not change during a round.
#[derive(Debug)]
pub(crate) struct Site {
    pub now: Time,
    pub max_time: Time,
    pub zone: jiff::tz::TimeZone,
    pub machines: Machines,
    pub absent: ProcSet,
    pub available_upto: Vec<AvailableUpto>,
    pub ordering: Ordering,
    pub extra_metasched: Option<ConfiguredPlugin>,
    pub known_jobs: Vec<KnownJob>,
}

impl Site {
    /// The machine of a job.
    pub fn machine(&self, waiting: &WaitingJob) -> &Machine {
        self.machines.of(waiting.accepts_missing)
    }
}

/// What became of a waiting job.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub job: Arc<WaitingJob>,
    /// How many holds there were when the job was handled: those that could be in its way.
    pub holds_before: usize,
    /// How many jobs this round had placed before.
    pub placed_before: usize,
    /// What holds the job back whatever the resources.
    pub causes: Vec<Cause>,
    /// Whether it is worth asking which resources are in the way.
    pub is_placeable: bool,
    pub assignment: Option<Assignment>,
    pub could_start_at: Option<Time>,
}

impl<H: Hooks> Round<H> {
    /// Begins a round on a snapshot's resources and scheduled jobs. Its queue groups are placed by [`Round::place_group`].
    ///
    /// # Errors
    /// When the snapshot's quotas or time zone cannot be used.
    pub fn new(snapshot: &Snapshot, hooks: H) -> Result<Self, RoundError> {
        let (now, max_time) = (snapshot.now, snapshot.max_time);
        if max_time < now {
            return Err(RoundError::MaxTime { now, max_time });
        }
        let resources = &snapshot.resources;
        let usable = resources.usable.union(&resources.missing).intersection_len(resources.hierarchy.all());
        if usable > USABLE_MAX {
            return Err(RoundError::Machine(usable));
        }
        // The database that is compiled in: the machine's own must not matter.
        let zone = jiff::tz::TimeZoneDatabase::bundled()
            .get(&snapshot.time_zone)
            .map_err(|_| RoundError::TimeZone(shortened(&snapshot.time_zone, 60)))?;
        let quotas = match &snapshot.quotas {
            Some(file) => {
                let settings = &snapshot.quotas_settings;
                Some(Quotas::new(file, settings, &snapshot.resources.default, now, max_time, &zone)?)
            }
            None => None,
        };
        let warnings = quotas.as_ref().map(|quotas| quotas.warnings().to_vec()).unwrap_or_default();
        let gantt = Gantt::new(snapshot, quotas.map(Arc::new));
        Ok(Self {
            hooks,
            warnings,
            tokens: Tokens::new(&snapshot.tokens),
            seen: Vec::new(),
            placed: 0,
            requests: Requests::default(),
            scratch: Scratch::default(),
            known_starts: KnownStarts::default(),
            previous_queues: None,
            outcomes: Vec::new(),
            priorities: Vec::new(),
            property_changes: Vec::new(),
            site: Site {
                now,
                max_time,
                zone,
                machines: gantt.machines().clone(),
                absent: resources.absent.difference(&resources.missing),
                available_upto: resources.available_upto.clone(),
                ordering: snapshot.ordering.clone(),
                extra_metasched: snapshot.extra_metasched.clone().filter(|plugin| plugin.name != "default"),
                known_jobs: snapshot.known_jobs.clone(),
            },
            gantt,
        })
    }

    /// The plugins that the round was given.
    #[must_use]
    pub fn hooks(&self) -> &H {
        &self.hooks
    }

    /// Who holds what so far.
    #[must_use]
    pub fn gantt(&self) -> &Gantt {
        &self.gantt
    }

    /// The places given so far, in order.
    pub fn assignments(&self) -> impl Iterator<Item = &Assignment> {
        self.outcomes.iter().filter_map(|outcome| outcome.assignment.as_ref())
    }

    /// Adds jobs that hold resources, such as those that another scheduler has just placed.
    pub fn hold(&mut self, jobs: &[ScheduledJob]) {
        self.gantt.hold_scheduled(jobs);
    }

    /// Holds for a waiting job, as if it had just been placed, what was decided for it elsewhere. It will not be in the plan.
    pub fn hold_placed(&mut self, job: &WaitingJob, assignment: &Assignment) {
        self.hold_for(&Arc::new(job.job.clone()), assignment);
    }

    /// Places a queue group: its waiting jobs in order, then its reservations. The same as the next three in turn.
    pub fn place_group(&mut self, group: &QueueGroup) {
        self.begin_group(&group.queues);
        self.place_waiting(group);
        self.place_reservations(group);
    }

    /// Tells the plugins that a group of queues comes next.
    pub fn begin_group(&mut self, queues: &[String]) {
        self.call_before_group(Some(queues));
    }

    /// Places the waiting jobs of a group in order, without its reservations.
    pub fn place_waiting(&mut self, group: &QueueGroup) {
        let (placed, dropped) = self.waiting_in_order(group);
        self.place_in_order(placed, None);
        for (job, cause) in dropped {
            self.leave_out(job, cause);
        }
    }

    /// Places groups only as far as it takes to know who starts now: the same jobs start now, on the same resources, as if each group was placed whole. The
    /// plan has neither a place nor a reason for the jobs that come after the last that could start. Sorting plugins are asked about all groups first.
    pub fn place_starting_now(&mut self, groups: &[QueueGroup]) {
        let mut orders = Vec::new();
        for group in groups {
            orders.push((self.waiting_in_order(group).0, self.unseen(new_reservations(group))));
        }
        for (position, (group, (placed, reservations))) in groups.iter().zip(&orders).enumerate() {
            self.begin_group(&group.queues);
            let to_come = orders.get(position + 1..).unwrap_or_default();
            let has_reservations = to_come.iter().any(|(_, reservations)| !reservations.is_empty());
            let to_come = to_come.iter().flat_map(|(placed, _)| placed);
            let hopes = Hopes::new(placed.iter().chain(to_come).copied(), &self.site.machines, &mut self.requests);
            let hopes = Some(hopes).filter(|_| reservations.is_empty() && !has_reservations);
            if !self.place_in_order(placed.clone(), hopes) {
                return;
            }
            self.reserve_all(reservations.clone(), &group.queues);
        }
    }

    /// Places the new reservations of a group, or refuses them.
    pub fn place_reservations(&mut self, group: &QueueGroup) {
        let reservations = self.unseen(new_reservations(group));
        self.reserve_all(reservations, &group.queues);
    }

    /// Places one waiting job, if it has a place in this round and was not handled before.
    pub fn place_job(&mut self, waiting: &WaitingJob) -> Option<&Assignment> {
        let new = self.unseen(std::iter::once(waiting)).pop()?;
        self.place(new)
    }

    /// Places one new reservation at its requested start, or refuses it.
    pub fn place_reservation(&mut self, waiting: &WaitingJob) -> Option<&Assignment> {
        let new = self.unseen(std::iter::once(waiting)).pop()?;
        self.reserve(new)
    }

    /// What the round cost so far.
    #[must_use]
    pub fn effort(&self) -> Effort {
        Effort { slots: self.gantt.slots(), candidates: self.scratch.windows() }
    }

    /// How FAIRSHARE or MULTIFACTOR came to their order, so far.
    #[must_use]
    pub fn priorities(&self) -> &[Priority] {
        &self.priorities
    }

    /// What the plugin of `EXTRA_METASCHED` changes about resources, so far.
    #[must_use]
    pub fn property_changes(&self) -> &[PropertyChange] {
        &self.property_changes
    }

    /// What looks wrong without stopping the round, so far.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The jobs handled so far, in order, with what held each back whatever the resources: what is wrong with it, its conditions, a plugin.
    pub fn causes(&self) -> impl Iterator<Item = (JobId, &[Cause])> {
        self.outcomes.iter().map(|outcome| (outcome.job.job.id, outcome.causes.as_slice()))
    }

    /// Those of the jobs handled so far, without the first `known`, that have no place because something is wrong with themselves or with their plugin: time does
    /// not heal that.
    pub fn faulty(&self, known: usize) -> impl Iterator<Item = JobId> {
        let handled = self.outcomes.iter().skip(known);
        handled.filter(|outcome| self.is_faulty(outcome)).map(|outcome| outcome.job.job.id)
    }

    fn is_faulty(&self, Outcome { job, causes, assignment, .. }: &Outcome) -> bool {
        let machine = self.site.machine(job);
        let has_fault = || {
            causes.iter().any(Cause::is_fault)
                || job.moldables.iter().all(|moldable| machine.resolve(moldable).is_err())
        };
        assignment.is_none() && has_fault()
    }

    /// What holds back each job handled so far that does not start now.
    #[must_use]
    pub fn reasons(&self) -> Vec<Reason> {
        let mut explainer = Explainer::new(&self.site, &self.gantt);
        self.outcomes.iter().filter_map(|outcome| explainer.reason(outcome)).collect()
    }

    /// What holds back one job handled before, unless it starts now.
    #[must_use]
    pub fn reason(&self, job: JobId) -> Option<Reason> {
        let outcome = self.outcomes.iter().find(|outcome| outcome.job.job.id == job)?;
        Explainer::new(&self.site, &self.gantt).reason(outcome)
    }

    /// When a reservation that was refused could begin instead, if ever.
    #[must_use]
    pub fn could_start_at(&self, job: JobId) -> Option<Time> {
        self.outcomes.iter().find(|outcome| outcome.job.job.id == job)?.could_start_at
    }

    /// Ends the round: the plan, with the reasons.
    #[must_use]
    pub fn finish(mut self) -> Plan {
        self.call_before_group(None);
        let reasons = self.reasons();
        Plan { reasons, ..self.into_plan() }
    }

    /// Ends the round: the plan, without the reasons, which may cost more than the plan.
    #[must_use]
    pub fn finish_without_reasons(mut self) -> Plan {
        self.call_before_group(None);
        self.into_plan()
    }

    /// Warns of what may be the same for each group.
    fn warn_once(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    fn into_plan(self) -> Plan {
        let (mut assignments, mut unscheduled) = (Vec::new(), Vec::new());
        for Outcome { job, assignment, could_start_at, .. } in self.outcomes {
            match assignment {
                Some(assignment) => assignments.push(assignment),
                None => unscheduled.push(Unscheduled { job: job.job.id, could_start_at }),
            }
        }
        Plan {
            format: plan::FORMAT.to_owned(),
            now: self.site.now,
            assignments,
            unscheduled,
            reasons: Vec::new(),
            priorities: self.priorities,
            property_changes: self.property_changes,
            warnings: self.warnings,
        }
    }

    fn call_before_group(&mut self, next: Option<&[String]>) {
        self.known_starts.clear();
        let previous = self.previous_queues.take();
        if let Some(ConfiguredPlugin { name, config }) = &self.site.extra_metasched {
            let (gantt, previous) = (&self.gantt, previous.as_deref());
            let Machine { usable, hierarchy, .. } = self.site.machines.of(false);
            let request = BeforeGroup { name, config, previous, next, gantt, usable, hierarchy };
            match self.hooks.before_group(&request) {
                Ok(Preparation { holds, properties }) => {
                    self.gantt.hold_scheduled(&holds);
                    self.property_changes.extend(properties);
                }
                Err(error) => self.warn_once(format!("EXTRA_METASCHED {:?}: {error}", shortened(name, 60))),
            }
        }
        self.previous_queues = next.map(<[String]>::to_vec);
    }

    /// Places jobs in order, but an inner job not before the container that it waits for. Stops, and returns false, when no hopes are left.
    fn place_in_order(&mut self, jobs: Vec<&WaitingJob>, mut hopes: Option<Hopes<'_>>) -> bool {
        let mut containers_to_come: BTreeMap<String, usize> = BTreeMap::new();
        for name in jobs.iter().filter_map(|job| job.job.container_name()) {
            *containers_to_come.entry(name).or_default() += 1;
        }
        let mut put_off: BTreeMap<String, Vec<(usize, &WaitingJob)>> = BTreeMap::new();
        let mut queue: VecDeque<(usize, &WaitingJob)> = jobs.into_iter().enumerate().collect();
        while let Some((position, job)) = queue.pop_front() {
            if let Some(name) = job.job.inner_of()
                && contradiction(&job.job).is_none()
                && !self.gantt.shows(View::of(job))
                && containers_to_come.get(name).is_some_and(|&to_come| to_come > 0)
            {
                put_off.entry(name.to_owned()).or_default().push((position, job));
                continue;
            }
            let gantt = &mut self.gantt;
            if put_off.is_empty() && hopes.as_mut().is_some_and(|hopes| !hopes.are_left(position, gantt)) {
                return false;
            }
            self.place(job);
            if let Some(name) = job.job.container_name() {
                if let Some(to_come) = containers_to_come.get_mut(&name) {
                    *to_come -= 1;
                }
                for inner in put_off.remove(&name).into_iter().flatten().rev() {
                    queue.push_front(inner);
                }
            }
        }
        // Only containers that wait for each other are left: none of them will ever have a place.
        let mut left: Vec<(usize, &WaitingJob)> = put_off.into_values().flatten().collect();
        left.sort_by_key(|(position, _)| *position);
        for (_, job) in left {
            self.place(job);
        }
        true
    }

    fn place(&mut self, waiting: &WaitingJob) -> Option<&Assignment> {
        if let Some(problem) = contradiction(&waiting.job) {
            return self.record(waiting, vec![Cause::Invalid { problem }], false, None);
        }
        let conditions = Conditions::of(waiting, &self.gantt, &self.site.known_jobs, &self.tokens);
        let mut causes = conditions.causes;
        let asks_plugin = self.asks_plugin(waiting);
        let mut found = None;
        if let Some(earliest) = conditions.earliest {
            let problem = match self.place_from(waiting, earliest) {
                Ok(place) => {
                    found = place;
                    let starts_now = found.as_ref().is_some_and(|found| found.start <= self.site.now);
                    (asks_plugin && !starts_now).then(|| NO_PLACE_NOW.to_owned())
                }
                Err(error) => Some(error.to_string()),
            };
            causes.extend(problem.map(|problem| Cause::Plugin { plugin: plugin_of(waiting), problem }));
        }
        self.record(waiting, causes, !asks_plugin, found)
    }

    /// Whether a plugin decides where the job fits, so that the engine cannot say what is in its way. Plugins are not asked about a job that has no timeline,
    /// `find` plugins not about one that makes no sense.
    fn asks_plugin(&self, waiting: &WaitingJob) -> bool {
        let has = |job_type: &str| PluginCall::of(&waiting.job, job_type).is_some();
        let machine = self.site.machine(waiting);
        let makes_sense = |moldable: &Moldable| machine.resolve(moldable).is_ok();
        self.gantt.shows(View::of(waiting))
            && (has("assign") || has("find") && waiting.moldables.iter().any(makes_sense))
    }

    /// Gives a job no place in this round.
    fn leave_out(&mut self, waiting: &WaitingJob, cause: Cause) {
        let (causes, is_placeable) = match contradiction(&waiting.job) {
            Some(problem) => (vec![Cause::Invalid { problem }], false),
            None => {
                let mut causes = Conditions::of(waiting, &self.gantt, &self.site.known_jobs, &self.tokens).causes;
                causes.push(cause);
                (causes, !self.asks_plugin(waiting))
            }
        };
        self.record(waiting, causes, is_placeable, None);
    }

    /// Notes what became of a job, and holds its resources.
    fn record(
        &mut self,
        job: &WaitingJob,
        causes: Vec<Cause>,
        is_placeable: bool,
        assignment: Option<Assignment>,
    ) -> Option<&Assignment> {
        let holds_before = self.gantt.holds().len();
        let placed_before = self.placed;
        self.hooks.handled(job.job.id, self.scratch.windows());
        if let Some(found) = &assignment {
            self.placed += 1;
            self.hold_for(&Arc::new(job.job.clone()), found);
        }
        self.outcomes.push(Outcome {
            job: Arc::new(job.clone()),
            holds_before,
            placed_before,
            causes,
            is_placeable,
            assignment,
            could_start_at: None,
        });
        self.outcomes.last().and_then(|outcome| outcome.assignment.as_ref())
    }

    fn hold_for(&mut self, job: &Arc<Job>, place: &Assignment) {
        if place.start <= self.site.now {
            self.tokens.take(job);
        }
        self.gantt.hold_placed(job, place.start, place.walltime, place.resources.clone());
    }

    fn place_from(&mut self, waiting: &WaitingJob, earliest: Time) -> Result<Option<Assignment>, HookError> {
        if let Some(call) = PluginCall::of(&waiting.job, "assign") {
            if !self.gantt.shows(View::of(waiting)) {
                return Ok(None);
            }
            return self.assign_by_plugin(&call, waiting, earliest);
        }
        let mut best: Option<Assignment> = None;
        for (index, moldable) in waiting.moldables.iter().enumerate() {
            let Some((start, resources)) = self.earliest(waiting, index, moldable, earliest)? else {
                continue;
            };
            let end = start.end_of(moldable.walltime);
            if best.as_ref().is_none_or(|best| end < best.start.end_of(best.walltime)) {
                let (job, moldable, walltime) = (waiting.job.id, moldable.id, moldable.walltime);
                best = Some(Assignment { job, moldable, start, walltime, resources });
            }
        }
        Ok(best)
    }

    fn assign_by_plugin(
        &mut self,
        call: &PluginCall,
        waiting: &WaitingJob,
        earliest_start: Time,
    ) -> Result<Option<Assignment>, HookError> {
        let Self { hooks, site, gantt, requests, scratch, .. } = self;
        let machine = site.machine(waiting);
        let mut request = AssignRequest {
            job: waiting,
            default_resources: &machine.default,
            hierarchy: &machine.hierarchy,
            earliest_start: earliest_start.max(site.now),
            finder: Finder { site, gantt, requests, scratch },
            hooks,
        };
        let Some(Placement { moldable, start, resources }) = hooks.assign(call, &mut request)? else {
            return Ok(None);
        };
        let walltime = waiting.moldables.iter().find(|known| known.id == moldable).map(|known| known.walltime);
        let walltime = walltime.ok_or_else(|| HookError::Failed(format!("the job has no alternative {moldable}")))?;
        let (search, end) = (Search::new(&self.gantt, waiting), start.end_of(walltime));
        if start < earliest_start || end > search.horizon().min(self.last_second(waiting)) || end < start {
            let problem = format!("the job cannot hold from {start} to {end}");
            return Err(HookError::Failed(problem));
        }
        let available = search.available(start, end);
        if resources.is_empty() {
            return Err(HookError::Failed("it gives the job no resources".to_owned()));
        }
        if !resources.is_subset(&available) {
            return Err(not_available(&resources.difference(&available)));
        }
        if !search.is_allowed(&resources, start, end, walltime) {
            return Err(HookError::Failed("the quotas do not allow its choice".to_owned()));
        }
        Ok(Some(Assignment { job: waiting.job.id, moldable, start, walltime, resources }))
    }
}

fn not_available(resources: &ProcSet) -> HookError {
    HookError::Failed(format!("it takes resources that are not available: {resources}"))
}

/// The type that names a job's plugin, without arguments.
fn plugin_of(waiting: &WaitingJob) -> String {
    let named = |job_type: &str| PluginCall::of(&waiting.job, job_type).map(|call| format!("{job_type}={}", call.name));
    named("assign").or_else(|| named("find")).unwrap_or_default()
}
