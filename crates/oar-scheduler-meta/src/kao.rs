//! `kao`, the meta-scheduler: a round of a server, from end to end.
//!
//! What is done about jobs is decided by functions without input or output, a module for each decision. Each step writes what was decided in one transaction,
//! and tells others afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser;
use oar_scheduler_core::{JobId, JobState, PropertyChange, Time};
use oar_scheduler_db::conf::{Mode, Server};
use oar_scheduler_db::{Changed, Changes, Jobs, Lock, PlacedJob, Places, Queue, Scope, StateChange};

use crate::notify::{self, Letter, Notice};
use crate::{DecidedRound, Reservations, Site, SiteError, dates, files};

mod accepted;
mod besteffort;
mod checkpoint;
mod clients;
mod energy;
mod external;
mod launch;
mod lost;
mod presence;
mod program;
mod report;
mod resuming;
mod sharing;
#[cfg(test)]
mod testing;
mod trace;
mod users;
mod walltimes;

use besteffort::Evicted;
use trace::{Timed, Trace};

/// How often, and after which pauses, to try again when another process seems to be at work.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(100);

pub use program::{run, run_with};

/// Schedules all jobs of an OAR server, and launches those whose time has come.
///
/// The server starts it for each round; oar.conf (OARCONFFILE) says where the database is.
#[derive(Debug, Parser)]
#[command(name = "kao", version)]
pub struct Arguments {
    /// Tell what would be done; change nothing, and tell nobody else.
    #[arg(long)]
    pub dry_run: bool,
    /// The time of the round, in seconds since the epoch; default: now, by the database's clock.
    #[arg(long, value_name = "SECONDS")]
    pub now: Option<i64>,
    /// Keep the round in FILE, for `oar-sim replay`, and change nothing.
    #[arg(long, value_name = "FILE")]
    pub snapshot: Option<PathBuf>,
    /// Tell when this job would start, and all that holds it back, and change nothing.
    #[arg(long, value_name = "JOB")]
    pub explain: Option<i64>,
    /// Tell what the round cost: time, CPU time and statements of each phase, and the jobs that cost most.
    #[arg(long)]
    pub trace: bool,
}

impl Arguments {
    /// Whether the round is only to be looked at.
    #[must_use]
    pub fn only_reads(&self) -> bool {
        self.dry_run || self.snapshot.is_some() || self.explain.is_some()
    }
}

/// What the server must do next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Jobs are to be killed.
    pub kills: bool,
    /// A reservation that was just accepted starts at once: another round is due.
    pub starts_soon: bool,
    /// What a dry run would do.
    pub report: Vec<String>,
    /// What was to be explained.
    pub explanation: Option<String>,
    /// What the round cost.
    pub trace: Vec<String>,
}

impl Outcome {
    /// The exit code by which the server is told.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self { kills: true, .. } => 2,
            Self { starts_soon: true, .. } => 1,
            _ => 0,
        }
    }
}

/// Plays a round. Another `kao` that is at work on the database is left alone with it: then there is none.
///
/// # Errors
/// When the database cannot be used. Rounds without any scheduling, such as when a file of the configuration is wrong, are no error: what has its place is
/// launched all the same.
pub async fn play(site: &mut Site, arguments: &Arguments) -> Result<Outcome, SiteError> {
    let is_rehearsal = arguments.only_reads();
    let mut trace = Trace::new(site.database.statements());
    let lock = match is_rehearsal {
        true => {
            site.database.rehearse().await?;
            None
        }
        false => {
            let Some(lock) = lock(site).await? else {
                tracing::warn!("nothing is done: another kao is at work on this database");
                return Ok(Outcome::default());
            };
            Some(lock)
        }
    };
    // By the gantt of the last round, which the begin of this one empties.
    let changed_walltimes = match walltimes::answer(site, arguments.now.map(Time)).await {
        Err(error) if !is_rehearsal => {
            tracing::error!("no walltime is changed: {error}");
            Vec::new()
        }
        answered => answered?,
    };
    let beginning = site.database.begin_round(&site.settings, arguments.now.map(Time)).await?;
    if let Some(seconds) = beginning.clock_went_back {
        tracing::error!("the database's clock was set back by {seconds} s since the last round");
    }
    trace.end("beginning", site.database.statements());
    let (now, launched, outcome) = (beginning.now, BTreeSet::new(), Outcome::default());
    let states = Vec::new();
    let mut round = Round { site, arguments, now, is_rehearsal, launched, outcome, states, resumes: false, trace };
    round.tell(changed_walltimes);
    let played = round.play().await;
    if played.is_ok() || !is_rehearsal {
        let told = round.tell_users().await;
        round.survive("users are not told of their jobs", told)?;
        // Also those of a round that was broken off before it could say so.
        let to_kill = round.note_kills().await;
        round.survive("it is not known whether jobs are to be killed", to_kill)?;
        round.end_phase("telling");
    }
    drop(lock);
    if arguments.trace {
        round.outcome.trace = round.trace.lines();
    }
    round.survive("the round is not complete", played)?;
    Ok(round.outcome)
}

/// Takes the lock. A process that has just ended may still have it for a moment.
async fn lock(site: &mut Site) -> Result<Option<Lock>, SiteError> {
    for _ in 0..LOCK_TRIES {
        if let Some(lock) = site.database.lock(&site.conf).await? {
            return Ok(Some(lock));
        }
        tokio::time::sleep(LOCK_PAUSE).await;
    }
    Ok(site.database.lock(&site.conf).await?)
}

/// A round under way.
struct Round<'s> {
    site: &'s mut Site,
    arguments: &'s Arguments,
    now: Time,
    is_rehearsal: bool,
    /// The jobs of which the server knows that it is to launch them.
    launched: BTreeSet<JobId>,
    outcome: Outcome,
    /// The states that jobs have got, of which their users are told.
    states: Vec<(JobId, JobState)>,
    /// Whether suspended jobs are to go on.
    resumes: bool,
    trace: Trace,
}

impl Round<'_> {
    async fn play(&mut self) -> Result<(), SiteError> {
        let queues = self.site.database.queues().await?;
        let scheduled = self.schedule(&queues).await;
        let is_scheduled = scheduled.is_ok();
        self.survive("nothing is scheduled", scheduled)?;
        self.end_phase("writing");
        let launched = self.launch(None).await;
        self.survive("nothing is launched", launched)?;
        self.end_phase("launching");
        let copied = self.site.database.copy_gantt(&self.site.settings, self.now).await;
        self.survive("nobody sees the gantt of this round", copied.map_err(SiteError::from))?;
        self.end_phase("copying the gantt");
        // Without places nobody seems to need any node.
        if is_scheduled {
            let switched = self.switch_nodes().await;
            self.survive("no node is switched off or on", switched)?;
            self.end_phase("switching nodes");
        }
        let resumed = self.resume().await;
        self.survive("no job is resumed", resumed)?;
        self.end_phase("resuming");
        self.tell_clients().await?;
        self.end_phase("telling");
        Ok(())
    }

    async fn note_kills(&mut self) -> Result<(), SiteError> {
        self.outcome.kills |= self.site.database.has_jobs_to_kill().await?;
        Ok(())
    }

    fn end_phase(&mut self, name: &'static str) {
        self.trace.end(name, self.site.database.statements());
    }

    /// A step that fails does not keep the next ones from being taken; in a dry run it does, as its transaction is over.
    fn survive(&self, consequence: &str, step: Result<(), SiteError>) -> Result<(), SiteError> {
        match step {
            Err(error) if !self.is_rehearsal => tracing::error!("{consequence}: {error}"),
            step => return step,
        }
        Ok(())
    }

    /// Switches nodes off that nobody needs, and on that somebody needs soon.
    async fn switch_nodes(&mut self) -> Result<(), SiteError> {
        let Some(energy) = self.site.settings.energy.clone() else { return Ok(()) };
        let nodes = self.site.database.nodes_to_switch(self.now, &energy).await?;
        self.tell(energy::told(&nodes));
        if !self.is_rehearsal {
            energy::act(&nodes, &energy.manager).await;
        }
        Ok(())
    }

    /// Lets suspended jobs go on.
    async fn resume(&mut self) -> Result<(), SiteError> {
        if !self.resumes {
            return Ok(());
        }
        let jobs = self.site.database.resuming_jobs(&self.site.settings).await?;
        let ready = resuming::ready(&jobs);
        if self.is_rehearsal {
            self.tell(ready.iter().map(|job| format!("job {} would be resumed", job.job.id)).collect());
            return Ok(());
        }
        let changed = self.apply(resuming::resume(&ready, &self.site.settings).await).await?;
        if !changed.killed.is_empty() {
            self.tell_server(&[Notice::Deletion]).await;
        }
        Ok(())
    }

    async fn schedule(&mut self, queues: &[Queue]) -> Result<(), SiteError> {
        self.replace_lost(queues).await?;
        let active: Vec<&Queue> = queues.iter().filter(|queue| queue.is_active).collect();
        self.look_after_accepted(&active).await?;
        self.end_phase("accepted reservations");
        let is_asked = self.arguments.snapshot.is_some() || self.arguments.explain.is_some();
        match self.site.settings.mode.clone() {
            Mode::Internal if active.is_empty() && !is_asked => Ok(()),
            Mode::Internal => self.place(groups(&active), Jobs::WithReservations).await,
            Mode::External(_) if is_asked => Err(SiteError::External),
            Mode::External(folder) => {
                if let Some(plugin) = &self.site.settings.extra_metasched {
                    tracing::warn!(
                        "EXTRA_METASCHED={} is not asked: with METASCHEDULER_MODE=external others decide",
                        plugin.name
                    );
                }
                let folder = folder.unwrap_or_else(|| external::folder(self.site.settings.server));
                let demand = self.site.database.demand().await?;
                for queue in active.into_iter().filter(|queue| demand.waiting.contains(&queue.name)) {
                    self.let_place(queue, &folder).await?;
                    if demand.reservations.contains(&queue.name) {
                        self.place(vec![vec![queue.name.clone()]], Jobs::NewReservations).await?;
                    }
                }
                Ok(())
            }
        }
    }

    /// Lets the scheduler of a queue place its jobs. One that fails costs the queue, not the others.
    async fn let_place(&mut self, queue: &Queue, folder: &Path) -> Result<(), SiteError> {
        let program = folder.join(&queue.policy);
        if self.is_rehearsal {
            self.outcome.report.push(format!("queue {}: {} would be run", queue.name, program.display()));
            return Ok(());
        }
        let zone = dates::zone(&files::time_zone());
        let ended = external::run(&program, &queue.name, self.now, &zone, self.site.settings.server).await;
        self.end_phase("schedulers");
        if let Some(problem) = ended.failure {
            let (name, program) = (&queue.name, program.display());
            tracing::error!("{program}: {problem}. Disabling queue {name} (see `oarnotify')");
            self.site.database.disable_queue(name).await?;
        }
        if self.site.settings.launches_early && !ended.announced.is_empty() {
            self.launch(Some(&ended.announced)).await?;
        }
        Ok(())
    }

    /// Places jobs, and decides new reservations.
    async fn place(&mut self, groups: Vec<Vec<String>>, jobs: Jobs) -> Result<(), SiteError> {
        let round = self.decide(groups, jobs).await?;
        self.answer(&round)?;
        let decisions = round.decisions(self.site.settings.server);
        let Reservations { accepted, refused } = round.reservations();
        let becomes = |to| move |job: &JobId| StateChange { job: *job, from: JobState::Waiting, to };
        let states = accepted.iter().map(becomes(JobState::ToAckReservation));
        let states = states.chain(refused.iter().map(becomes(JobState::ToError))).collect();
        let decided_reservations = accepted.iter().chain(&refused).copied().collect();
        let (placed, left) = (decisions.places.len(), round.plan.unscheduled.len() + round.input.left_out.len());
        self.apply(Changes { decisions, decided_reservations, states, ..Changes::default() }).await?;
        self.change_properties(&round.plan.property_changes).await;
        tracing::info!("{placed} jobs placed, {left} left waiting");
        Ok(())
    }

    /// What was asked for instead of a round.
    fn answer(&mut self, round: &DecidedRound) -> Result<(), SiteError> {
        if let Some(path) = &self.arguments.snapshot {
            round.keep(path).map_err(|source| SiteError::Keep { path: path.clone(), source })?;
        }
        if let Some(job) = self.arguments.explain.map(JobId) {
            let explanation = round.explanation(job).ok_or(SiteError::NotWaiting(job))?;
            self.outcome.explanation = Some(explanation);
        }
        Ok(())
    }

    /// Changes properties of resources as plugins want it. What cannot be changed is told, and nothing else depends on it.
    async fn change_properties(&mut self, changes: &[PropertyChange]) {
        for PropertyChange { resources, property, value } in changes {
            let line = format!("resources {resources}: {property} becomes {value:?}");
            if self.is_rehearsal {
                self.outcome.report.push(line);
                continue;
            }
            match self.site.database.change_property(resources, property, value).await {
                Ok(0) => {}
                Ok(_) => tracing::info!("{line}, as EXTRA_METASCHED wants it"),
                Err(error) => tracing::warn!("EXTRA_METASCHED: {line}: {error}"),
            }
        }
    }

    /// Gives other places to accepted reservations that have lost theirs.
    async fn replace_lost(&mut self, queues: &[Queue]) -> Result<(), SiteError> {
        let lost = self.site.database.lost_reservations().await?;
        if lost.is_empty() {
            return Ok(());
        }
        let round = self.decide(groups(&queues.iter().collect::<Vec<_>>()), Jobs::LostReservations).await?;
        self.apply(lost::decide(&round, &lost, self.site.settings.server)).await.map(drop)
    }

    async fn look_after_accepted(&mut self, active: &[&Queue]) -> Result<(), SiteError> {
        let mut reservations = self.site.database.placed_jobs(Places::AcceptedReservations).await?;
        reservations.retain(|reservation| active.iter().any(|queue| queue.name == reservation.job.queue));
        self.apply(accepted::decide(&reservations, self.now, &self.site.settings)).await.map(drop)
    }

    /// Reads and decides a round of the engine.
    async fn decide(&mut self, groups: Vec<Vec<String>>, jobs: Jobs) -> Result<DecidedRound, SiteError> {
        let input = self.site.read(&Scope { groups, jobs, now: Some(self.now), is_outlook: false }).await?;
        self.end_phase("reading");
        let timed = Timed::new(&*self.site.plugins);
        let round = self.site.plan_with(input, &timed)?;
        self.trace.add(timed);
        self.end_phase("deciding");
        round.warn();
        Ok(round)
    }

    /// Launches what starts now, and sees to it that besteffort jobs make room. With `only`, of these jobs those for which nobody has to.
    async fn launch(&mut self, only: Option<&BTreeSet<JobId>>) -> Result<(), SiteError> {
        let settings = &self.site.settings;
        let ahead = match settings.server {
            Server::Oar2 => settings.kill_duration.max(settings.security_time),
            Server::Oar3 => settings.kill_duration,
        };
        let mut jobs = self.site.database.placed_jobs(Places::StartingBy(self.now + ahead)).await?;
        self.resumes |= jobs.iter().any(|job| job.state == JobState::Resuming);
        if let Some(only) = only {
            jobs.retain(|job| job.state.is_current() || only.contains(&job.job.id));
        }
        let in_the_way = besteffort::in_the_way(&jobs, launch::is_held_up(&jobs, self.now));
        let so_far = self.site.database.evictions(&in_the_way.keys().copied().collect::<Vec<_>>()).await?;
        let evicted = match only {
            None => besteffort::evict(&jobs, &in_the_way, &so_far, self.now),
            Some(_) => Evicted::default(),
        };
        let launches = launch::decide(&jobs, &in_the_way, self.now);
        for (job, obstacle) in &launches.held_up {
            tracing::info!("job {job} is not launched yet: {obstacle}");
        }
        let mut changes = launches.changes;
        changes.kills = evicted.changes.kills;
        changes.events.extend(evicted.changes.events);
        let changed = self.apply(changes).await?;
        let is_desktop = |job: &&PlacedJob| job.resources.iter().any(|resource| resource.is_desktop);
        let desktops: BTreeSet<JobId> = jobs.iter().filter(is_desktop).map(|job| job.job.id).collect();
        let mut notices = Vec::new();
        if !changed.killed.is_empty() {
            notices.push(Notice::ChangedState);
        }
        notices.extend(changed.launched.iter().filter(|job| !desktops.contains(job)).map(|job| Notice::Launch(*job)));
        self.tell_server(&notices).await;
        let told: Vec<&PlacedJob> = jobs.iter().filter(|job| evicted.checkpoints.contains(&job.job.id)).collect();
        if !told.is_empty() && !self.is_rehearsal {
            let noted = checkpoint::send(&told, &self.site.settings.checkpoints).await;
            self.apply(noted).await?;
        }
        Ok(())
    }

    /// Tells those who wait in front of a terminal, and the server of jobs that it should have launched.
    async fn tell_clients(&mut self) -> Result<(), SiteError> {
        let clients = self.site.database.clients().await?;
        let letters = clients::letters(&clients, self.now, &dates::zone(&files::time_zone()));
        self.apply(clients::announce(&clients, &letters)).await?;
        let deliveries = match self.is_rehearsal {
            true => {
                let told = letters.iter().map(|Letter { job, address, lines }| {
                    let lines = lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join(" | ");
                    format!("job {job}: {address} would be told: {lines}")
                });
                self.outcome.report.extend(told);
                letters.iter().map(|letter| (letter.job, notify::Delivery::NotTried)).collect()
            }
            false => notify::deliver(letters).await,
        };
        let conclusion = clients::conclude(&clients, &deliveries, self.now, self.site.settings.server);
        let changed = self.apply(conclusion.changes).await?;
        self.outcome.starts_soon |= conclusion.starts_soon;
        let mut notices = conclusion.notices;
        if !changed.killed.is_empty() {
            notices.push(Notice::ChangedState);
        }
        let to_launch = clients.iter().filter(|client| client.state == JobState::ToLaunch && !client.is_desktop);
        let again = to_launch.map(|client| client.job).filter(|job| !self.launched.contains(job));
        notices.extend(again.map(Notice::Launch));
        self.tell_server(&notices).await;
        Ok(())
    }

    /// Tells users what has become of their jobs, if they want to know.
    async fn tell_users(&mut self) -> Result<(), SiteError> {
        let states: BTreeMap<JobId, JobState> = std::mem::take(&mut self.states).into_iter().collect();
        let contacts = self.site.database.contacts(&states.keys().copied().collect::<Vec<_>>()).await?;
        let news = contacts.into_iter().filter_map(|contact| users::news(contact.clone(), *states.get(&contact.job)?));
        let news: Vec<_> = news.collect();
        if self.is_rehearsal {
            let line = |news: &users::News| format!("job {}: its user would be told: {}", news.contact.job, news.text);
            self.tell(news.iter().map(line).collect());
            return Ok(());
        }
        let noted = users::deliver(news, &self.site.settings).await;
        self.apply(noted).await.map(drop)
    }

    /// Writes what a step has decided, and tells the server of jobs that have ended.
    async fn apply(&mut self, changes: Changes) -> Result<Changed, SiteError> {
        let changed = self.site.database.apply(&changes, &self.site.settings).await?;
        self.tell(report::lines(&changes, &changed));
        if self.is_rehearsal {
            self.outcome.report.extend(report::messages(&changes));
        }
        self.states.extend(&changed.states);
        self.outcome.kills |= !changed.killed.is_empty();
        if changed.states.iter().any(|(_, state)| state.is_final()) {
            self.tell_server(&[Notice::ChangedState]).await;
        }
        Ok(changed)
    }

    /// Tells what was done, or would be.
    fn tell(&mut self, lines: Vec<String>) {
        match self.is_rehearsal {
            true => self.outcome.report.extend(lines),
            false => lines.iter().for_each(|line| tracing::info!("{line}")),
        }
    }

    async fn tell_server(&mut self, notices: &[Notice]) {
        self.launched.extend(notices.iter().filter_map(|notice| match notice {
            Notice::Launch(job) => Some(*job),
            _ => None,
        }));
        if !self.is_rehearsal && !notices.is_empty() {
            notify::tell_server(&self.site.settings.almighty, notices).await;
        }
    }
}

/// Queues of equal priority are scheduled together.
fn groups(queues: &[&Queue]) -> Vec<Vec<String>> {
    let of_equal = queues.chunk_by(|one, other| one.priority == other.priority);
    of_equal.map(|group| group.iter().map(|queue| queue.name.clone()).collect()).collect()
}
