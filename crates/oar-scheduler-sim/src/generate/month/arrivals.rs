//! When people work.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use oar_scheduler_core::Time;
use rand::{Rng, RngExt};

use super::campaign::Kind;

/// The weights below hold for slots of this length: no zone's clocks are set by a smaller part of an hour.
const SLOT: u64 = 900;

/// How much is submitted in each hour of the day.
const HOURS: [u64; 24] = [7, 5, 4, 3, 3, 3, 4, 7, 15, 25, 31, 32, 24, 26, 32, 32, 31, 27, 20, 14, 11, 10, 9, 8];

/// How much is submitted on each day of the week, from Monday.
const DAYS: [u64; 7] = [98, 108, 110, 106, 94, 36, 32];

/// When somebody sits at an interactive job.
const DAYTIME: std::ops::Range<i8> = 8..19;

/// When campaigns begin.
pub(super) struct Arrivals {
    all: Weights,
    daytime: Weights,
}

/// The weights of the slots up to each one, itself included.
#[derive(Default)]
struct Weights {
    up_to: Vec<u64>,
}

impl Arrivals {
    /// For a log of so many seconds, a multiple of 900; the hours are those of the zone.
    pub fn new(start: Time, seconds: u64, zone: &TimeZone) -> Self {
        let (mut all, mut daytime) = (Weights::default(), Weights::default());
        let instants = (start.0..).step_by(SLOT as usize).take((seconds / SLOT) as usize);
        for instant in instants {
            // Beyond the year 9999 there are no calendars, and no weekends.
            let clock = zone.to_datetime(Timestamp::from_second(instant).unwrap_or_default());
            let day = clock.weekday().to_monday_zero_offset();
            let weight = at(&HOURS, clock.hour()) * at(&DAYS, day);
            all.push(weight);
            daytime.push(match DAYTIME.contains(&clock.hour()) {
                true if day < 5 => weight * 10,
                true => weight,
                false => 0,
            });
        }
        Self { all, daytime }
    }

    /// When a campaign begins, in seconds since the start of the log.
    pub fn draw(&self, kind: Kind, random: &mut impl Rng) -> u64 {
        match kind {
            Kind::Interactive => self.daytime.draw(random),
            Kind::Default | Kind::Besteffort => self.all.draw(random),
        }
    }
}

impl Weights {
    fn push(&mut self, weight: u64) {
        let before = self.up_to.last().copied().unwrap_or_default();
        self.up_to.push(before + weight);
    }

    fn draw(&self, random: &mut impl Rng) -> u64 {
        let total = self.up_to.last().copied().unwrap_or_default();
        let point = random.random_range(0..total.max(1));
        let slot = self.up_to.partition_point(|&up_to| up_to <= point) as u64;
        slot * SLOT + random.random_range(0..SLOT)
    }
}

fn at(weights: &[u64], place: i8) -> u64 {
    usize::try_from(place).ok().and_then(|place| weights.get(place)).copied().unwrap_or_default()
}
