//! A log under settings: everything that a simulation needs, checked before it begins.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use oar_scheduler_core::{Moldable, NoHooks, Ordering, Request, Round, Seconds, Snapshot, Time, find};

use crate::platform::Platform;
use crate::queues::Queues;
use crate::settings::{Estimates, PolicyName, Settings};
use crate::simulation::{
    self, BackfillOrder, Conservative, Easy, Fcfs, Keep, Oar, Policy, Requests, Rules, Summary, Trace, Watch,
};
use crate::swf::Log;
use crate::template::Template;
use crate::text::Clock;
use crate::workload::{Cleaning, Dropped, Job, Workload};

/// OAR's default of `MAX_JOB_PER_QUEUES_GROUP_SCHEDULING_ROUND`.
const MAX_JOBS: u32 = 1000;
/// OAR's default of `SCHEDULER_FAIRSHARING_WINDOW_SIZE`.
const FAIRSHARE_WINDOW: u32 = 2_592_000;

/// A simulation that can begin.
pub(crate) struct Experiment {
    pub platform: Platform,
    pub queues: Queues,
    pub workload: Workload,
    pub clock: Clock,
    policy: PolicyName,
    policy_in_words: String,
    backfill_order: BackfillOrder,
    rules: Rules,
    /// What each job asks for; empty when processors are only counted.
    requests: Vec<Requests>,
    /// What was chosen: names and values, to be shown.
    pub chosen: Vec<(String, String)>,
    /// What is strange without being wrong.
    pub warnings: Vec<String>,
}

/// A simulation that has ended.
pub(crate) struct Finished {
    pub trace: Trace,
    pub summary: Summary,
    /// What the engine found strange, and why jobs never started.
    pub warnings: Vec<String>,
}

impl Experiment {
    /// Prepares a log's simulation.
    ///
    /// # Errors
    /// When a setting makes no sense, or a file that it names cannot be read.
    pub fn new(settings: Settings, log: &Log) -> Result<Self, String> {
        let platform = platform(&settings, log)?;
        let queues = Queues::new(&settings.queue)?;
        let policy = settings.policy.unwrap_or_default();
        let speed_up = settings.speed_up.unwrap_or(1.0);
        if !(speed_up.is_finite() && speed_up > 0.0) {
            return Err(format!("speed-up: expected a positive number, found {speed_up}"));
        }
        let mut workload = Workload::of(log, &Cleaning { processors: platform.size(), speed_up, start: None });
        let time_zone = settings.time_zone.clone().or_else(|| workload.time_zone.clone()).unwrap_or("UTC".to_owned());
        let zone = TimeZone::get(&time_zone)
            .map_err(|_| format!("time-zone: expected a name such as `Europe/Paris`, found `{time_zone}`"))?;
        if settings.estimates == Some(Estimates::Actual) {
            workload.jobs.iter_mut().for_each(|job| job.requested = job.run);
        }
        let templates = match settings.request.as_slice() {
            [] => vec!["/core=n".parse()?],
            templates => templates.to_vec(),
        };
        let (mut requests, mut warnings) = (Vec::new(), meaningless(&settings, policy));
        if policy == PolicyName::Oar {
            check_levels(&platform, templates.iter().chain(queues.iter().filter_map(|queue| queue.request.as_ref())))?;
            requests = ask(&mut workload, &platform, &queues, &templates, &mut warnings);
        }
        let experiment = Self {
            rules: rules(&settings, time_zone)?,
            policy_in_words: policy_in_words(&settings, policy),
            chosen: chosen(&settings, &platform, &templates, policy),
            backfill_order: settings.backfill_order.unwrap_or_default(),
            clock: Clock { zone },
            platform,
            queues,
            workload,
            policy,
            requests,
            warnings,
        };
        experiment.check_rules()?;
        Ok(experiment)
    }

    /// Whether rounds can be kept: only OAR's engine has any.
    pub fn has_rounds(&self) -> bool {
        self.policy == PolicyName::Oar
    }

    /// Runs it. `keep` gets every round before it is planned.
    ///
    /// # Errors
    /// When a round cannot be kept; or when the simulation finds that it went wrong.
    pub fn run(&self, watch: &mut dyn Watch, keep: Keep<'_>) -> Result<Finished, String> {
        let (jobs, size) = (self.workload.jobs.as_slice(), self.platform.size());
        let mut run = |policy: &mut dyn Policy| simulation::run(&self.workload, &self.platform, policy, watch);
        let mut warnings = Vec::new();
        let trace = match self.policy {
            PolicyName::Oar => {
                let rules = self.rules.clone();
                let mut oar = Oar::new(jobs, &self.platform, &self.queues, rules, &self.requests, keep);
                let trace = run(&mut oar)?;
                warnings.extend(oar.warnings().iter().cloned());
                if !trace.left.is_empty() {
                    warnings.extend(oar.reasons(5).into_iter().map(|reason| format!("never started: {reason}")));
                }
                trace
            }
            PolicyName::Easy => run(&mut Easy::new(jobs, size, self.backfill_order))?,
            PolicyName::Conservative => run(&mut Conservative::new(jobs, size))?,
            PolicyName::Fcfs => run(&mut Fcfs::new(jobs, size))?,
        };
        let summary = Summary::of(self.policy_in_words.clone(), &self.workload, &trace, size);
        Ok(Finished { trace, summary, warnings })
    }

    /// Tries a round without jobs: quotas that cannot be read are told before anything begins.
    fn check_rules(&self) -> Result<(), String> {
        self.rules.ordering.policy().map_err(|problem| format!("job-priority: {problem}"))?;
        let snapshot = Snapshot {
            time_zone: self.rules.time_zone.clone(),
            quotas: self.rules.quotas.clone(),
            quotas_settings: self.rules.quotas_settings.clone(),
            ..Snapshot::new(Time(0), self.platform.resources.clone())
        };
        Round::new(&snapshot, NoHooks).map(drop).map_err(|error| error.to_string())
    }
}

/// Options that were given and that the policy does not look at.
fn meaningless(settings: &Settings, policy: PolicyName) -> Vec<String> {
    let is_oar = policy == PolicyName::Oar;
    let options = [
        ("backfill-order", settings.backfill_order.is_some() && policy != PolicyName::Easy, "easy"),
        ("job-priority", settings.job_priority.is_some() && !is_oar, "oar"),
        ("ordering", settings.ordering.is_some() && !is_oar, "oar"),
        ("fairshare-window", settings.fairshare_window.is_some() && !is_oar, "oar"),
        ("max-jobs", settings.max_jobs.is_some() && !is_oar, "oar"),
        ("quotas", settings.quotas.is_some() && !is_oar, "oar"),
        ("quotas-window", settings.quotas_window.is_some() && !is_oar, "oar"),
        ("security-time", settings.security_time.is_some() && !is_oar, "oar"),
        ("whole-rounds", settings.whole_rounds && !is_oar, "oar"),
    ];
    let meaningless = options.into_iter().filter(|(_, is_meaningless, _)| *is_meaningless);
    meaningless.map(|(name, _, policy)| format!("{name} means something to policy {policy} only")).collect()
}

fn platform(settings: &Settings, log: &Log) -> Result<Platform, String> {
    if settings.cores.is_some() && settings.platform.is_some() {
        return Err("expected cores or platform, found both".to_owned());
    }
    match (&settings.platform, settings.cores.or(log.header.max_procs)) {
        (Some(source), _) => source.get().map_err(|problem| format!("platform: {problem}")),
        (None, Some(cores)) => Platform::of_cores(cores).map_err(|problem| format!("cores: {problem}")),
        (None, None) => Err("expected --cores or --platform, as the log has no line `; MaxProcs:`".to_owned()),
    }
}

fn check_levels<'a>(platform: &Platform, mut templates: impl Iterator<Item = &'a Template>) -> Result<(), String> {
    let hierarchy = &platform.resources.hierarchy;
    let unknown = templates.find_map(|template| {
        template
            .levels()
            .find(|level| hierarchy.blocks(level).is_none())
            .map(|level| (template.to_string(), level.to_owned()))
    });
    match unknown {
        None => Ok(()),
        Some((template, level)) => {
            let known: Vec<&str> = hierarchy.levels().map(|(name, _)| name).collect();
            Err(format!(
                "expected a request of levels of the machine ({}), found `{level}` in `{template}`",
                known.join(", ")
            ))
        }
    }
}

/// What each job asks for. As `oarsub` does, jobs that do not fit on the empty machine are refused.
fn ask(
    workload: &mut Workload,
    platform: &Platform,
    queues: &Queues,
    templates: &[Template],
    warnings: &mut Vec<String>,
) -> Vec<Requests> {
    let mut known: HashMap<(Option<i64>, u32), Result<Requests, String>> = HashMap::new();
    let mut all = Vec::with_capacity(workload.jobs.len());
    let mut refused = Vec::new();
    workload.jobs.retain(|job| {
        let queue = queues.of(job.queue);
        let asked = known.entry((queue.log, job.size)).or_insert_with(|| {
            let templates = queue.request.as_ref().map_or(templates, std::slice::from_ref);
            asked(job, templates, platform)
        });
        match asked {
            Ok(requests) => all.push(requests.clone()),
            Err(problem) => refused.push(format!("job {} is refused: {problem}", job.number)),
        }
        asked.is_ok()
    });
    if let Some(first) = refused.first() {
        *workload.dropped.entry(Dropped::Refused).or_default() += refused.len() as u64;
        let more = refused.len() - 1;
        warnings.push(if more == 0 { first.clone() } else { format!("{first}; others that are refused: {more}") });
    }
    all
}

/// The alternatives that can be placed on the empty machine.
fn asked(job: &Job, templates: &[Template], platform: &Platform) -> Result<Requests, String> {
    let mut problem = String::new();
    let mut alternatives = Requests::new();
    for template in templates {
        match template.requests(job.size) {
            Ok(requests) if fits(&requests, platform) => alternatives.push(requests),
            Ok(_) => problem = format!("`{template}` with n={} does not fit on the machine", job.size),
            Err(error) => problem = error,
        }
    }
    if alternatives.is_empty() { Err(problem) } else { Ok(alternatives) }
}

fn fits(requests: &[Request], platform: &Platform) -> bool {
    let resources = &platform.resources;
    let moldable = Moldable { walltime: Seconds(1), requests: requests.to_vec(), ..Moldable::default() };
    let groups = resources.hierarchy.resolve(&moldable, &resources.default);
    groups.is_ok_and(|groups| find(&groups, &resources.usable).is_some())
}

fn rules(settings: &Settings, time_zone: String) -> Result<Rules, String> {
    let mut ordering = match &settings.ordering {
        Some(source) => source.get().map_err(|problem| format!("ordering: {problem}"))?,
        None => Ordering::default(),
    };
    match &settings.job_priority {
        Some(policy) => ordering.policy.clone_from(policy),
        None if settings.ordering.is_none() => "FIFO".clone_into(&mut ordering.policy),
        None => {}
    }
    if matches!(ordering.policy.as_str(), "GIVEN" | "CUSTOM") {
        return Err(format!("job-priority: expected FIFO, FAIRSHARE or MULTIFACTOR, found {}", ordering.policy));
    }
    let limit = settings.max_jobs.map(i64::from).or(ordering.max_jobs).unwrap_or(i64::from(MAX_JOBS));
    ordering.max_jobs = Some(limit);
    let mut rules = Rules {
        ordering,
        fairshare_window: Seconds(settings.fairshare_window.unwrap_or(FAIRSHARE_WINDOW).into()),
        security_time: Seconds(settings.security_time.unwrap_or(0).into()),
        time_zone,
        whole_rounds: settings.whole_rounds,
        ..Rules::default()
    };
    if let Some(source) = &settings.quotas {
        rules.quotas = Some(source.get().map_err(|problem| format!("quotas: {problem}"))?);
    }
    if let Some(window) = settings.quotas_window {
        rules.quotas_settings.window_time_limit = Seconds(window.into());
    }
    Ok(rules)
}

fn policy_in_words(settings: &Settings, policy: PolicyName) -> String {
    let estimates = if settings.estimates == Some(Estimates::Actual) { ", run times known" } else { "" };
    let name = match policy {
        PolicyName::Oar => "OAR",
        PolicyName::Easy if settings.backfill_order == Some(BackfillOrder::Sjf) => {
            "EASY backfilling, shortest job first"
        }
        PolicyName::Easy => "EASY backfilling",
        PolicyName::Conservative => "conservative backfilling",
        PolicyName::Fcfs => "first come, first served",
    };
    format!("{name}{estimates}")
}

/// The settings in words, the default ones that matter most included.
fn chosen(
    settings: &Settings,
    platform: &Platform,
    templates: &[Template],
    policy: PolicyName,
) -> Vec<(String, String)> {
    let mut chosen =
        vec![("Policy".to_owned(), policy_in_words(settings, policy)), ("Machine".to_owned(), platform.in_words())];
    let mut add = |name: &str, value: Option<String>| chosen.extend(value.map(|value| (name.to_owned(), value)));
    if policy == PolicyName::Oar {
        let requests: Vec<String> = templates.iter().map(ToString::to_string).collect();
        add("Request", Some(requests.join(" or ")));
        add("Job priority", settings.job_priority.clone());
        add("Ordering", settings.ordering.as_ref().map(|source| source.name()));
        add("Quotas", settings.quotas.as_ref().map(|source| source.name()));
        add("Security time", settings.security_time.map(|seconds| format!("{seconds} s")));
        add("Whole rounds", settings.whole_rounds.then(|| "yes".to_owned()));
        add("Jobs of a queue group in a round", settings.max_jobs.map(|most| most.to_string()));
    }
    add("Speed-up", settings.speed_up.map(|factor| factor.to_string()));
    chosen
}
