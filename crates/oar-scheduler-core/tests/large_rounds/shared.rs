//! Timesharing with several keys, placeholders, superseding jobs, containers with inner jobs, all by the hundred.

use fastrand::Rng;
use serde_json::{Value, json};

use super::draft::{Draft, HOUR, MINUTE};
use super::machine::Machine;
use super::workload::{Walltimes, few};

const TIMESHARING: [&str; 7] = ["*,*", "", "user,*", "*,user", "name,*", "user,name", "name,user"];
const BOXES: [&str; 3] = ["box", "crate", "1003"];

pub fn round(seed: u64) -> Value {
    let mut rng = Rng::with_seed(seed);
    let places = rng.usize(100..350);
    let machine = Machine::drawn(&mut rng, places);
    let walltimes = match Walltimes::drawn(&mut rng) {
        Walltimes::Few(choices) => choices,
        _ => (0..150).map(|_| rng.i64(MINUTE..3 * HOUR)).collect(),
    };
    let jobs = rng.usize(140..280);
    let mut draft = Draft::new(rng, machine);
    draft.security = draft.pick(&[0, 0, 30]);
    draft.occupy(70, 4 * HOUR);
    for _ in 0..jobs {
        let walltime = draft.pick(&walltimes);
        let levels = few(&mut draft, 3);
        draft.wait(walltime, levels);
    }
    draft.repeat_requests();
    // One kind of sharing by itself, or all of them mixed.
    let kinds: &[Kind] = match seed % 5 {
        0 => &[share_time],
        1 => &[hold_places],
        2 => &[replace],
        3 => &[enclose],
        _ => &MIXED,
    };
    share(&mut draft, kinds);
    draft.snapshot()
}

/// Gives every job one of the kinds of sharing.
pub fn share(draft: &mut Draft, kinds: &[Kind]) {
    let scheduled = draft.scheduled.len() as i64;
    let largest = draft.machine.blocks("nodes").len().div_ceil(4);
    for job in draft.scheduled.iter_mut().chain(&mut draft.waiting) {
        kinds[draft.rng.usize(0..kinds.len())](&mut draft.rng, job, scheduled, largest);
    }
}

/// All kinds, and none.
pub const MIXED: [Kind; 5] = [share_time, hold_places, replace, enclose, leave_alone];

/// Gives a job its types, told how many jobs are scheduled and how many nodes a container may have.
pub type Kind = fn(&mut Rng, &mut Value, i64, usize);

pub fn leave_alone(_: &mut Rng, _: &mut Value, _: i64, _: usize) {}

fn share_time(rng: &mut Rng, job: &mut Value, _: i64, _: usize) {
    if rng.u32(0..100) < 75 {
        job["types"]["timesharing"] = json!(TIMESHARING[rng.usize(0..TIMESHARING.len())]);
    }
}

fn hold_places(rng: &mut Rng, job: &mut Value, _: i64, _: usize) {
    let kind = ["placeholder", "placeholder", "allow", "allowed", "allowed"][rng.usize(0..5)];
    if rng.u32(0..100) < 85 {
        job["types"][kind] = json!(["x", "x", "y", "z"][rng.usize(0..4)]);
    }
}

fn replace(rng: &mut Rng, job: &mut Value, scheduled: i64, _: usize) {
    if job["moldables"].is_array() && rng.u32(0..100) < 60 {
        job["types"]["supersed"] = json!(rng.i64(1..=scheduled.max(1)).to_string());
    }
}

/// A container of some nodes and hours, or a job inside one.
fn enclose(rng: &mut Rng, job: &mut Value, _: i64, largest: usize) {
    let name = BOXES[rng.usize(0..BOXES.len())];
    match rng.u32(0..10) {
        0 | 1 => {
            job["types"]["container"] = if name == "1003" { Value::Null } else { json!(name) };
            if job["moldables"].is_array() {
                let nodes = rng.usize(1..=largest);
                job["moldables"][0]["requests"] = json!([{ "levels": [["nodes", nodes]] }]);
                job["moldables"][0]["walltime"] = json!(rng.i64(2..12) * HOUR);
            } else {
                job["walltime"] = json!(job["walltime"].as_i64().expect("a walltime") + 4 * HOUR);
            }
        }
        2..8 if job["moldables"].is_array() => {
            job["types"]["inner"] = json!(name);
            job["moldables"][0]["walltime"] = json!(rng.i64(60..5000));
        }
        _ => {}
    }
}
