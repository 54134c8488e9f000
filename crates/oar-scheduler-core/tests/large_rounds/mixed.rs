//! All of the others at once.

use fastrand::Rng;
use serde_json::{Value, json};

use super::draft::{Draft, HOUR, MINUTE};
use super::shared::{MIXED, leave_alone, share};
use super::workload::{Walltimes, few};
use super::{alike, dense, filters, limited, shapes};

pub fn round(seed: u64) -> Value {
    let mut rng = Rng::with_seed(seed);
    let (machine, across) = shapes::machine(&mut rng, seed);
    let walltimes = match Walltimes::drawn(&mut rng) {
        Walltimes::Few(choices) => choices,
        _ => (0..60).map(|_| rng.i64(MINUTE..4 * HOUR)).collect(),
    };
    let some_filters: Vec<String> = (0..rng.usize(1..8)).map(|_| filters::filter(&mut rng, &machine)).collect();
    let (jobs, holds) = (rng.usize(80..160), rng.usize(20..120));
    let mut draft = Draft::new(rng, machine);
    draft.security = draft.pick(&[0, 0, 60]);
    dense::fill(&mut draft, holds);
    dense::leave(&mut draft);
    let (has_filters, has_alternatives) = (draft.chance(50), draft.chance(50));
    for _ in 0..jobs {
        let count = if has_alternatives { draft.pick(&[1, 1, 2, 3]) } else { 1 };
        let alternatives: Vec<(i64, Value)> = (0..count)
            .map(|_| {
                let request = if has_filters && draft.chance(50) {
                    filters::request(&mut draft, &some_filters)
                } else if across && draft.chance(30) {
                    json!({ "levels": shapes::with_level_across(&mut draft) })
                } else {
                    json!({ "levels": few(&mut draft, 5) })
                };
                (draft.pick(&walltimes), json!([request]))
            })
            .collect();
        draft.wait_for(alternatives);
    }
    draft.repeat_requests();
    match seed % 3 {
        0 => share(&mut draft, &MIXED),
        1 => share(&mut draft, &[leave_alone, leave_alone, leave_alone, MIXED[0], MIXED[1], MIXED[2], MIXED[3]]),
        _ => {}
    }
    // It may have quotas of its own.
    alike::come_between(&mut draft, HOUR);
    if draft.chance(50) {
        let has_calendar = draft.chance(50);
        let quotas = limited::quotas(&mut draft, has_calendar);
        draft.others.insert("quotas".to_owned(), quotas);
        draft.others.insert("quotas_settings".to_owned(), json!({ "window_time_limit": 3 * 24 * HOUR }));
    }
    draft.snapshot()
}
