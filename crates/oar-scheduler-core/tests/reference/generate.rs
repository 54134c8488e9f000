//! Random small snapshots that are valid, and full of coincidences.
//!
//! Every seed chooses how many of the switches below are on, and which; what is off does not occur (or only by way of
//! another one), so that features combine but also come alone.
//!
//! | switch | what it lets in |
//! |---|---|
//! | `scattered` | blocks that are not contiguous |
//! | `straddling` | a level `odd` whose blocks straddle others |
//! | `foreign` | blocks with resources that are not usable, scheduled jobs on them, empty blocks, blocks out of order |
//! | `other_types` | usable resources that are not of type `default`, and what is suspendable |
//! | `available_upto` | resources with an end |
//! | `filters` | filters, also empty and foreign ones |
//! | `deep` | requests of several levels, also out of order |
//! | `special_counts` | ALL, BEST, HALF_BEST |
//! | `several_groups` | several groups in an alternative |
//! | `moldable` | several alternatives, or none |
//! | `invalid` | walltime 0, unknown level, count 0, no level, no group |
//! | `scheduled` | jobs that hold resources |
//! | `states` | their states: suspended, overrun, starting now, not current |
//! | `besteffort` | besteffort jobs among all |
//! | `timesharing` | timesharing in all forms, also malformed |
//! | `placeholder` | placeholder, allow, allowed |
//! | `conflicts` | types that do not go together |
//! | `supersed` | jobs that replace scheduled ones |
//! | `containers` | containers, inner jobs, nested, fragmented, named |
//! | `dependencies` | in all states |
//! | `leaflets` | envelopes and leaflets |
//! | `quotas` | static quotas |
//! | `hours` | limits of resource-hours |
//! | `calendar` | temporal quotas: periods and oneshots near changes of the local clock |
//! | `no_quotas` | jobs free of quotas |
//! | `ordering` | a policy, `max_jobs` |
//! | `groups` | several queue groups |
//! | `reservations` | advance reservations |
//! | `security` | a security time |
//! | `short` | a `max_time` close to now |
//! | `duplicates` | job ids that come twice |
//! | `tokens` | jobs that ask for tokens |
//! | `dates` | jobs that do not start before a date, or must be over by one |
//! | `missing` | resources that are not there, and jobs that accept them |

mod features;
mod jobs;
mod platform;
mod policies;
mod rules;

use std::collections::BTreeSet;

use fastrand::Rng;
use serde_json::{Value, json};

pub use features::{features, names};
use platform::Platform;

/// All switches.
const SWITCHES: [&str; 31] = [
    "scattered",
    "straddling",
    "foreign",
    "other_types",
    "available_upto",
    "filters",
    "deep",
    "special_counts",
    "several_groups",
    "moldable",
    "invalid",
    "scheduled",
    "states",
    "besteffort",
    "timesharing",
    "placeholder",
    "conflicts",
    "supersed",
    "containers",
    "dependencies",
    "leaflets",
    "quotas",
    "hours",
    "calendar",
    "no_quotas",
    "ordering",
    "groups",
    "reservations",
    "security",
    "short",
    "duplicates",
];

/// A second near a change of the local clock (or, in UTC, the begin of a week).
const CLOCK_CHANGES: [(&str, i64); 7] = [
    ("UTC", 1_704_067_200),
    ("Europe/Paris", 1_711_846_800),
    ("Europe/Paris", 1_729_990_800),
    ("America/New_York", 1_710_054_000),
    ("America/New_York", 1_730_613_600),
    ("Australia/Lord_Howe", 1_712_415_600),
    ("Australia/Lord_Howe", 1_728_142_200),
];

/// How many snapshots of a hundred have the switch `dates`, `tokens` or `missing`. They have random numbers of their own.
const DATES_PERCENT: u32 = 15;
const TOKENS_PERCENT: u32 = 10;
const MISSING_PERCENT: u32 = 15;

/// The random choices of one snapshot.
struct Maker {
    rng: Rng,
    switches: BTreeSet<&'static str>,
    now: i64,
    zone: &'static str,
    /// Most times are whole multiples of it away from now.
    unit: i64,
    security: i64,
    platform: Platform,
    /// For the switch `dates`, if it is on.
    dates: Option<Rng>,
    /// For the switch `tokens`, if it is on.
    tokens: Option<Rng>,
    /// For the switch `missing`, if it is on.
    missing: Option<Rng>,
}

/// The snapshot of a seed, always the same.
pub fn snapshot(seed: u64) -> Value {
    let mut maker = Maker::new(seed);
    let quotas = maker.quotas();
    let quotas_settings = maker.quotas_settings();
    let jobs = maker.jobs();
    let mut snapshot = json!({
        "format": "oar-scheduler-snapshot/1",
        "now": maker.now,
        "security_time": maker.security,
        "time_zone": maker.zone,
        "resources": maker.resources(),
        "quotas": quotas,
        "quotas_settings": quotas_settings,
        "scheduled_jobs": jobs.scheduled,
    });
    if let Some(ordering) = maker.ordering() {
        snapshot["ordering"] = ordering;
    }
    if let Some(tokens) = &mut maker.tokens {
        snapshot["tokens"] = json!({ "a": tokens.i64(0..6), "b": tokens.i64(-1..3) });
    }
    if maker.on("short") {
        let beside = maker.pick(&[0, 0, 1]);
        snapshot["max_time"] = json!(maker.now + maker.rng.i64(0..12) * maker.unit + beside);
    }
    let is_single = jobs.groups.len() == 1;
    for mut group in jobs.groups {
        maker.add_dates(&mut group.waiting);
        maker.add_tokens(&mut group.waiting);
        maker.add_missing(&mut group.waiting);
        let mut group = json!({ "queues": group.queues, "waiting_jobs": group.waiting });
        if let Some(accounting) = maker.accounting() {
            group["accounting"] = accounting;
        }
        let group = group.as_object().expect("a group");
        if is_single {
            snapshot.as_object_mut().expect("a snapshot").extend(group.clone());
        } else {
            let groups = snapshot.as_object_mut().expect("a snapshot").entry("queue_groups").or_insert(json!([]));
            groups.as_array_mut().expect("groups").push(group.clone().into());
        }
    }
    snapshot
}

impl Maker {
    fn new(seed: u64) -> Maker {
        let mut rng = Rng::with_seed(seed);
        let percent = [8, 16, 25, 45][rng.usize(0..4)];
        let mut switches: BTreeSet<&'static str> = BTreeSet::new();
        for switch in SWITCHES {
            let percent = match switch {
                "scheduled" | "quotas" => percent + 25,
                // These leave little of the others.
                "conflicts" | "foreign" | "short" | "leaflets" | "duplicates" => percent / 2,
                _ => percent,
            };
            if rng.u32(0..100) < percent {
                switches.insert(switch);
            }
        }
        // These are of no use without the other.
        for (switch, needed) in
            [("calendar", "quotas"), ("states", "scheduled"), ("supersed", "scheduled"), ("leaflets", "scheduled")]
        {
            if switches.contains(switch) {
                switches.insert(needed);
            }
        }
        let has_calendar = switches.contains("calendar");
        let (zone, change) =
            if has_calendar { CLOCK_CHANGES[rng.usize(0..CLOCK_CHANGES.len())] } else { ("UTC", 1_700_000_000) };
        let unit = if has_calendar { [600, 1800, 3600][rng.usize(0..3)] } else { [5, 10, 60, 3600][rng.usize(0..4)] };
        let now = if has_calendar {
            change + rng.i64(-60..8) * 1800 + [0, 0, 0, 1, -1, 30][rng.usize(0..6)]
        } else {
            [100, 1000, 50_000, change][rng.usize(0..4)]
        };
        let security = if switches.contains("security") { [1, unit / 2, unit, 60][rng.usize(0..4)] } else { 0 };
        let platform = Platform::new(&mut rng, &switches);
        let mut dates = Rng::with_seed(seed ^ 0xda7e5);
        let dates = (dates.u32(0..100) < DATES_PERCENT).then_some(dates);
        let mut tokens = Rng::with_seed(seed ^ 0x70ce);
        let tokens = (tokens.u32(0..100) < TOKENS_PERCENT).then_some(tokens);
        let mut missing = Rng::with_seed(seed ^ 0x90e5);
        let missing = (missing.u32(0..100) < MISSING_PERCENT).then_some(missing);
        Maker { rng, switches, now, zone, unit, security, platform, dates, tokens, missing }
    }

    /// Gives waiting jobs dates, reservations too, for which they mean nothing.
    fn add_dates(&mut self, waiting: &mut [Value]) {
        let Some(dates) = &mut self.dates else { return };
        for job in waiting {
            if dates.u32(0..3) == 0 {
                let beside = [0, 0, 0, 1, -1][dates.usize(0..5)];
                job["earliest_start"] = json!(self.now + dates.i64(-1..8) * self.unit + beside);
            }
            if dates.u32(0..3) == 0 {
                let beside = [0, 0, 0, 1, -1][dates.usize(0..5)];
                job["latest_end"] = json!(self.now + dates.i64(-1..12) * self.unit + beside);
            }
        }
    }

    /// Has waiting jobs ask for tokens; now and then for some that nobody knows, or for no number of them.
    fn add_tokens(&mut self, waiting: &mut [Value]) {
        let Some(tokens) = &mut self.tokens else { return };
        for job in waiting {
            if tokens.bool() {
                continue;
            }
            let name = ["a", "a", "a", "b", "nobody"][tokens.usize(0..5)];
            let asked = ["0", "1", "1", "2", "3", " 2 ", "-1", "x"][tokens.usize(0..8)];
            if job["types"].is_null() {
                job["types"] = json!({});
            }
            job["types"][format!("token:{name}")] = json!(asked);
        }
    }

    /// Has some waiting jobs accept missing resources.
    fn add_missing(&mut self, waiting: &mut [Value]) {
        let Some(missing) = &mut self.missing else { return };
        for job in waiting {
            if missing.u32(0..5) < 2 {
                job["accepts_missing"] = json!(true);
            }
        }
    }

    fn on(&self, switch: &str) -> bool {
        assert!(SWITCHES.contains(&switch), "no such switch: {switch}");
        self.switches.contains(switch)
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.rng.u32(0..100) < percent
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.rng.usize(0..choices.len())]
    }

    /// A time some units away from now, rarely a second beside.
    fn instant(&mut self, units: std::ops::Range<i64>) -> i64 {
        self.now + self.rng.i64(units) * self.unit + self.pick(&[0, 0, 0, 0, 0, 0, 1, -1])
    }

    /// A walltime, in most cases of some units and the security time.
    fn walltime(&mut self) -> i64 {
        match self.rng.u32(0..20) {
            0 => 1,
            1 => self.unit - 1,
            2 => self.unit + 1,
            3 if self.chance(10) => i64::MAX,
            3 => self.unit * self.rng.i64(6..30),
            _ => self.unit * self.rng.i64(1..5) + self.security,
        }
    }

    fn resources(&mut self) -> Value {
        let mut resources = self.platform.json();
        if self.on("available_upto") {
            let limits: Vec<Value> = (0..self.rng.usize(1..4))
                .map(|_| {
                    let until = match self.rng.u32(0..20) {
                        0 => 0,
                        1 => self.now,
                        2 | 3 => 2_147_483_647,
                        _ => self.instant(0..15),
                    };
                    json!({ "until": until, "resources": self.platform.subset(&mut self.rng).text() })
                })
                .collect();
            resources["available_upto"] = Value::Array(limits);
        }
        if let Some(missing) = &mut self.missing {
            self.platform.lose_some(&mut resources, missing);
        }
        resources
    }
}
