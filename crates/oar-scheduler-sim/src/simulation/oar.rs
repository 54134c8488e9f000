//! OAR itself: at each event the engine plans the waiting jobs anew, as the meta-scheduler does.

use std::collections::{BTreeSet, HashMap};

use oar_scheduler_core::{
    Job as EngineJob, JobId, JobState, MAX_TIME, Moldable, MoldableId, NoHooks, Ordering, Plan, ProcSet, QueueGroup,
    QuotasFile, QuotasSettings, Request, Round, ScheduledJob, Seconds, Snapshot, Time, WaitingJob,
};

use super::accounting::Consumption;
use super::outlook::{Kind, Outlook};
use super::policy::{Decision, Event, Policy, Start};
use super::priority::Priorities;
use crate::platform::Platform;
use crate::queues::Queues;
use crate::workload::Job;

/// How the site is set up.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rules {
    /// `JOB_PRIORITY` and what belongs to it, `MAX_JOB_PER_QUEUES_GROUP_SCHEDULING_ROUND` among others.
    pub ordering: Ordering,
    /// `SCHEDULER_FAIRSHARING_WINDOW_SIZE`.
    pub fairshare_window: Seconds,
    pub quotas: Option<QuotasFile>,
    pub quotas_settings: QuotasSettings,
    /// `SCHEDULER_JOB_SECURITY_TIME`.
    pub security_time: Seconds,
    /// The IANA name of the site's time zone.
    pub time_zone: String,
    /// Whether each round places every job, or goes only as far as needed to know who starts.
    pub whole_rounds: bool,
}

/// What a job asks for: its alternatives.
pub(crate) type Requests = Vec<Vec<Request>>;

/// The policy's account: the next round's snapshot, kept up to date.
pub(crate) struct Oar<'a> {
    jobs: &'a [Job],
    queues: &'a Queues,
    rules: Rules,
    requests: &'a [Requests],
    snapshot: Snapshot,
    /// By group of queues.
    consumption: Vec<Consumption>,
    priorities: Priorities,
    /// Tells rounds that can start nobody; `None` where that cannot be known without planning.
    outlook: Option<Outlook>,
    /// What the last round asked for.
    wake: Option<Time>,
    /// The jobs by the number that the engine knows them by.
    by_id: HashMap<JobId, usize>,
    ids: HashMap<usize, JobId>,
    /// The last number given.
    last_id: i64,
    rounds: u64,
    keep: Keep<'a>,
    warnings: BTreeSet<String>,
}

/// Gets each round that is about to be planned, with its number from 1.
pub(crate) type Keep<'a> = Box<dyn FnMut(&Snapshot, u64) -> Result<(), String> + 'a>;

impl<'a> Oar<'a> {
    /// On a machine with its rules. `requests` has what each job asks for.
    pub fn new(
        jobs: &'a [Job],
        platform: &Platform,
        queues: &'a Queues,
        rules: Rules,
        requests: &'a [Requests],
        keep: Keep<'a>,
    ) -> Self {
        let mut priorities: Vec<i64> = queues.iter().map(|queue| queue.priority).collect();
        priorities.sort_unstable_by(|one, other| other.cmp(one));
        priorities.dedup();
        let names = |priority: i64| -> BTreeSet<String> {
            queues.iter().filter(|queue| queue.priority == priority).map(|queue| queue.name.clone()).collect()
        };
        let groups: Vec<QueueGroup> = priorities
            .iter()
            .map(|&priority| QueueGroup { queues: names(priority).into_iter().collect(), ..QueueGroup::default() })
            .collect();
        let all_walltimes = jobs.iter().fold(Seconds(0), |sum, job| Seconds(sum.0.saturating_add(job.requested.0)));
        let last_submission = jobs.last().map_or(Time(0), |job| job.submit);
        let snapshot = Snapshot {
            max_time: MAX_TIME.max(last_submission + all_walltimes),
            security_time: rules.security_time,
            time_zone: rules.time_zone.clone(),
            quotas: rules.quotas.clone(),
            quotas_settings: rules.quotas_settings.clone(),
            ordering: rules.ordering.clone(),
            groups,
            ..Snapshot::new(Time(0), platform.resources.clone())
        };
        let is_fifo = matches!(rules.ordering.policy(), Ok(oar_scheduler_core::Policy::Fifo));
        let is_foreseeable = is_fifo && rules.quotas.is_none() && !rules.whole_rounds;
        Self {
            outlook: is_foreseeable.then(|| Outlook::new(platform.size(), snapshot.groups.len())),
            wake: None,
            jobs,
            queues,
            requests,
            consumption: vec![Consumption::default(); snapshot.groups.len()],
            priorities: Priorities::new(&platform.resources.hierarchy),
            snapshot,
            by_id: HashMap::new(),
            ids: HashMap::new(),
            last_id: 0,
            rounds: 0,
            keep,
            warnings: BTreeSet::new(),
            rules,
        }
    }

    /// What the engine found strange, each once.
    pub fn warnings(&self) -> &BTreeSet<String> {
        &self.warnings
    }

    /// Why jobs still wait, as the engine tells it, at most so many of them.
    pub fn reasons(&self, most: usize) -> Vec<String> {
        let Ok(mut round) = Round::new(&self.snapshot, NoHooks) else { return Vec::new() };
        for group in &self.snapshot.groups {
            round.place_group(group);
        }
        round.reasons().into_iter().take(most).map(|reason| format!("job {}: {}", reason.job, reason.line)).collect()
    }

    fn group(&self, job: &Job) -> usize {
        let name = &self.queues.of(job.queue).name;
        self.snapshot.groups.iter().position(|group| group.queues.contains(name)).unwrap_or_default()
    }

    fn waiting_job(&self, place: usize, job: &Job, id: JobId, now: Time) -> WaitingJob {
        let queue = self.queues.of(job.queue);
        let types = queue.besteffort.then(|| ("besteffort".to_owned(), String::new()));
        let requests = self.requests.get(place).map(Vec::as_slice).unwrap_or_default();
        let moldable = |(number, requests): (i64, &Vec<Request>)| Moldable {
            id: MoldableId(number),
            walltime: Seconds(job.requested.0.saturating_add(self.rules.security_time.0)),
            requests: requests.clone(),
        };
        WaitingJob {
            job: EngineJob {
                id,
                user: job.user.clone(),
                project: job.project.clone(),
                queue: queue.name.clone(),
                name: if job.number == id.0 { String::new() } else { format!("log job {}", job.number) },
                types: types.into_iter().collect(),
            },
            submission_time: now,
            moldables: (1..).zip(requests).map(moldable).collect(),
            ..WaitingJob::default()
        }
    }

    /// The fewest resources with which a waiting job could start.
    fn fewest(&self, waiting: &WaitingJob) -> u64 {
        let resources = &self.snapshot.resources;
        let sizes =
            waiting.moldables.iter().filter_map(|moldable| resources.hierarchy.size(moldable, &resources.default));
        sizes.map(|size| size.fewest).min().unwrap_or(0)
    }

    fn plan(&self) -> Result<Plan, String> {
        let mut round = Round::new(&self.snapshot, NoHooks).map_err(|error| error.to_string())?;
        if self.rules.whole_rounds {
            self.snapshot.groups.iter().for_each(|group| round.place_group(group));
        } else {
            round.place_starting_now(&self.snapshot.groups);
        }
        Ok(round.finish_without_reasons())
    }

    /// Takes a job from those that wait.
    fn take(&mut self, id: JobId) -> Option<WaitingJob> {
        let (group, waiting) = self.snapshot.groups.iter_mut().enumerate().find_map(|(number, group)| {
            // They were submitted in the order of their numbers.
            let place = group.waiting_jobs.binary_search_by_key(&id, |job| job.job.id).ok()?;
            Some((number, group.waiting_jobs.remove(place)))
        })?;
        let fewest = self.fewest(&waiting);
        if let Some(outlook) = &mut self.outlook {
            outlook.leaves(group, Kind::of(&waiting.job), fewest);
        }
        Some(waiting)
    }

    /// Starts a job: from now on it is one of those that hold resources.
    fn start(&mut self, waiting: WaitingJob, now: Time, walltime: Seconds, resources: &ProcSet) {
        if waiting.job.is_besteffort() {
            self.priorities.started(resources);
        }
        if let Some(outlook) = &mut self.outlook {
            outlook.started(Kind::of(&waiting.job), resources.len());
        }
        self.snapshot.scheduled_jobs.push(ScheduledJob {
            job: waiting.job,
            start: now,
            walltime,
            resources: resources.clone(),
            state: Some(JobState::Running),
        });
    }

    fn stop(&mut self, id: JobId) -> Option<ScheduledJob> {
        let place = self.snapshot.scheduled_jobs.iter().position(|scheduled| scheduled.job.id == id)?;
        let stopped = self.snapshot.scheduled_jobs.swap_remove(place);
        if stopped.job.is_besteffort() {
            self.priorities.stopped(&stopped.resources);
        }
        if let Some(outlook) = &mut self.outlook {
            outlook.stopped(Kind::of(&stopped.job), stopped.resources.len());
        }
        Some(stopped)
    }

    fn account(&mut self, place: usize, scheduled: &ScheduledJob, end: Time) {
        let Some(job) = self.jobs.get(place) else { return };
        let group = self.group(job);
        if let Some(consumption) = self.consumption.get_mut(group) {
            consumption.add(job, scheduled.start, end, scheduled.resources.len());
        }
    }
}

impl Policy for Oar<'_> {
    fn submitted(&mut self, place: usize, now: Time) {
        let Some(job) = self.jobs.get(place) else { return };
        // The log's number, unless jobs that lost their resources were submitted again in between: as in OAR, these are new jobs.
        let id = JobId(job.id.0.max(self.last_id + 1));
        self.last_id = id.0;
        self.ids.insert(place, id);
        self.by_id.insert(id, place);
        let (waiting, group) = (self.waiting_job(place, job, id, now), self.group(job));
        let fewest = self.fewest(&waiting);
        if let Some(outlook) = &mut self.outlook {
            outlook.waits(group, Kind::of(&waiting.job), fewest);
        }
        if let Some(group) = self.snapshot.groups.get_mut(group) {
            group.waiting_jobs.push(waiting);
        }
    }

    fn ended(&mut self, place: usize) {
        let Some(&id) = self.ids.get(&place) else { return };
        self.by_id.remove(&id);
        if let (Some(scheduled), Some(job)) = (self.stop(id), self.jobs.get(place)) {
            self.account(place, &scheduled, scheduled.start + job.run);
        }
    }

    fn decide(&mut self, now: Time, _: Event) -> Result<Decision, String> {
        if self.snapshot.groups.iter().all(|group| group.waiting_jobs.is_empty()) {
            return Ok(Decision::default());
        }
        self.rounds += 1;
        self.snapshot.now = now;
        if let Some(hierarchy) = self.priorities.reordered() {
            // Other blocks come first now: the plan may change.
            self.snapshot.resources.hierarchy = hierarchy;
            if let Some(outlook) = &mut self.outlook {
                outlook.changed();
            }
        }
        if self.outlook.as_ref().is_some_and(|outlook| !outlook.is_open()) {
            (self.keep)(&self.snapshot, self.rounds)?;
            return Ok(Decision { wake: self.wake.filter(|wake| *wake > now), ..Decision::default() });
        }
        for (group, consumption) in self.snapshot.groups.iter_mut().zip(&mut self.consumption) {
            group.accounting = consumption.sums(now, self.rules.fairshare_window);
        }
        (self.keep)(&self.snapshot, self.rounds)?;
        let limit = self.snapshot.ordering.limit().unwrap_or(usize::MAX);
        let is_cut_off = self.snapshot.groups.iter().any(|group| group.waiting_jobs.len() > limit);
        let plan = self.plan()?;
        self.warnings.extend(plan.warnings);
        let mut decision = Decision::default();
        for assignment in plan.assignments {
            if assignment.start > now {
                decision.wake = Some(decision.wake.map_or(assignment.start, |wake| wake.min(assignment.start)));
                continue;
            }
            let Some(waiting) = self.take(assignment.job) else { continue };
            let Some(&job) = self.by_id.get(&assignment.job) else { continue };
            if !waiting.job.is_besteffort() {
                let loses = |scheduled: &&ScheduledJob| {
                    scheduled.job.is_besteffort() && scheduled.resources.intersects(&assignment.resources)
                };
                let losers: Vec<JobId> =
                    self.snapshot.scheduled_jobs.iter().filter(loses).map(|scheduled| scheduled.job.id).collect();
                for id in losers {
                    let (scheduled, loser) = (self.stop(id), self.by_id.remove(&id));
                    if let Some((scheduled, loser)) = scheduled.zip(loser) {
                        self.account(loser, &scheduled, now);
                        decision.kills.push(loser);
                    }
                }
            }
            self.start(waiting, now, assignment.walltime, &assignment.resources);
            decision.starts.push(Start { job, resources: Some(assignment.resources) });
        }
        self.wake = decision.wake;
        // Jobs beyond the limit of a round move up when others start. A server looks at them soon; here it is at once.
        decision.again = is_cut_off && !decision.starts.is_empty();
        if let Some(outlook) = &mut self.outlook {
            outlook.planned();
            if decision.again || !decision.kills.is_empty() {
                outlook.changed();
            }
        }
        Ok(decision)
    }
}
