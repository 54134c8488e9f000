//! Timelines against the list of holds.

use std::collections::BTreeMap;

use fastrand::Rng;

use super::*;
use crate::job::{Job, JobState, ScheduledJob};
use crate::procset::ProcSet;
use crate::sharing::{Offer, Sharing};
use crate::snapshot::{AvailableUpto, Resources, Snapshot};
use crate::timeline::Scratch;
use crate::units::{JobId, ResourceId, Seconds};

const NOW: i64 = 50;
const END: i64 = 150;

fn some(random: &mut Rng, most: u32) -> ProcSet {
    ProcSet::from_ranges((0..random.usize(1..3)).map(|_| {
        let first = random.u32(1..=most);
        first..=(first + random.u32(0..9)).min(most)
    }))
}

/// Up to a hundred resources in nodes of some cores. Some are not usable, some are missing, and some leave.
fn machine(random: &mut Rng) -> Snapshot {
    let (count, size) = (random.u32(1..100), random.u32(1..9));
    let mut nodes: Vec<ProcSet> = Vec::new();
    for resource in 1..=count {
        let resource = ProcSet::from_ranges([resource..=resource]);
        match nodes.last_mut().filter(|node| node.len() < u64::from(size)) {
            Some(node) => *node = node.union(&resource),
            None => nodes.push(resource),
        }
    }
    let mut cores: Vec<ProcSet> = (1..=count).map(|core| ProcSet::from_ranges([core..=core])).collect();
    if random.bool() {
        random.shuffle(&mut cores);
    }
    let levels: BTreeMap<String, Vec<ProcSet>> = [("node".to_owned(), nodes), ("core".to_owned(), cores)].into();
    let usable: ProcSet = (1..=count).filter(|_| random.u8(0..10) > 0).map(ResourceId).collect();
    let hierarchy = crate::hierarchy::Hierarchy::new(&levels);
    let available_upto = (0..random.usize(0..3))
        .map(|_| AvailableUpto { until: Time(random.i64(NOW - 5..END + 5)), resources: some(random, count) });
    let available_upto = available_upto.collect();
    let missing = if random.bool() { some(random, count) } else { ProcSet::new() };
    let resources =
        Resources { default: usable.clone(), usable, missing, hierarchy, available_upto, ..Resources::default() };
    let security_time = Seconds(random.i64(0..3));
    Snapshot { max_time: Time(END), security_time, ..Snapshot::new(Time(NOW), resources) }
}

/// What a job is, as to sharing and containers.
const TYPES: [&[(&str, &str)]; 9] = [
    &[],
    &[],
    &[("timesharing", "*,*")],
    &[("timesharing", "user,*")],
    &[("placeholder", "p")],
    &[("allowed", "p")],
    &[("container", "c")],
    &[("container", "d"), ("inner", "c")],
    &[("inner", "c")],
];

fn job(random: &mut Rng, id: i64) -> Job {
    let mut types: BTreeMap<String, String> =
        random.choice(&TYPES).unwrap().iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    if random.u8(0..4) == 0 {
        types.insert("besteffort".to_owned(), String::new());
    }
    let user = random.choice(&["alice", "bob"]).map(|user| (*user).to_owned());
    Job { id: JobId(id), user: user.unwrap_or_default(), types, ..Job::default() }
}

fn scheduled(random: &mut Rng, id: i64, most: u32) -> ScheduledJob {
    ScheduledJob {
        job: job(random, id),
        start: Time(random.i64(NOW - 30..NOW + 40)),
        walltime: Seconds(random.i64(0..60)),
        resources: some(random, most),
        state: [None, Some(JobState::Running)][random.usize(0..2)],
    }
}

/// Something more holds resources: jobs that were scheduled, or one that was just placed.
fn hold_more(random: &mut Rng, gantt: &mut Gantt, id: i64, most: u32) {
    if random.u8(0..4) == 0 {
        gantt.hold_scheduled(&[scheduled(random, id, most), scheduled(random, id + 1, most)]);
    } else {
        let (job, start) = (job(random, id), random.i64(NOW..END));
        gantt.hold_placed(&Arc::new(job), Time(start), Seconds(random.i64(1..40)), some(random, most));
    }
}

fn accesses() -> Vec<Access> {
    let jobs = [[("timesharing", "*,*")], [("timesharing", "user,*")], [("allowed", "p")], [("allowed", "q")]];
    let of = |types: &[(&str, &str)]| {
        let types = types.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Sharing::of(&Job { user: "alice".to_owned(), types: types.collect(), ..Job::default() }).access
    };
    let mut accesses: Vec<Access> = jobs.iter().map(|types| of(types)).collect();
    accesses.extend([Access::Free, Access::HeldBy(JobId(1)), Access::HeldBy(JobId(12))]);
    accesses
}

const VIEWS: [View<'static>; 8] = {
    const fn of(besteffort: bool, container: Option<&'static str>) -> View<'static> {
        View { besteffort, container, missing: false }
    }
    [
        of(false, None),
        of(true, None),
        of(false, Some("c")),
        of(true, Some("c")),
        of(false, Some("d")),
        of(true, Some("e")),
        View { missing: true, ..of(false, None) },
        View { missing: true, ..of(true, Some("c")) },
    ]
};

fn grains() -> [Grain; 3] {
    [Grain::Resource, Grain::Block("node".to_owned()), Grain::Block("core".to_owned())]
}

fn assert_shows(line: &Line, gantt: &Gantt, view: View<'_>, access: &Access, grain: &Grain) {
    let mut scratch = Scratch::default();
    let words = bits::words(line.places.count());
    for instant in (NOW..=END).map(Time) {
        let available = gantt.available(view, access, instant, instant).unwrap();
        line.timeline.free_in(instant, instant, &mut scratch);
        let expected = bits::set(line.places.inside(&available), words);
        assert_eq!(scratch.free(), expected, "{view:?} {access:?} {grain:?} at {instant}");
    }
    let instants = gantt.instants(view).unwrap();
    let begins: Vec<Time> =
        std::iter::successors(line.timeline.next_begin(Time(i64::MIN)), |begin| line.timeline.next_begin(*begin))
            .collect();
    match grain {
        // Where every hold begins and ends.
        Grain::Resource => {
            let machine = gantt.places_of_resources(view).resources(std::slice::from_ref(&(0..line.places.count())));
            let at = |instant| gantt.available(view, access, instant, instant).unwrap().intersection(&machine);
            let expected: Vec<(Time, ProcSet)> = instants.iter().map(|instant| (*instant, at(*instant))).collect();
            assert_eq!(gantt.availability(view, access).unwrap(), expected, "{view:?} {access:?}");
            assert_eq!(begins, instants);
        }
        Grain::Block(_) => assert!(begins.iter().all(|begin| instants.contains(begin))),
    }
    let base = gantt.base_of(view).unwrap();
    assert_eq!(line.there(), bits::set(line.places.inside(&base[0].1), words));
}

#[test]
fn lines_show_what_the_holds_leave() {
    let mut random = Rng::with_seed(73);
    for _ in 0..60 {
        let snapshot = machine(&mut random);
        let most = u32::try_from(snapshot.resources.hierarchy.all().len()).unwrap();
        let mut gantt = Gantt::new(&snapshot, None);
        gantt.hold_scheduled(&(1..random.i64(1..6)).map(|id| scheduled(&mut random, id, most)).collect::<Vec<_>>());
        let (accesses, grains) = (accesses(), grains());
        for step in 0..40 {
            let view = *random.choice(&VIEWS).unwrap();
            let access = random.choice(&accesses).unwrap();
            let grain = random.choice(&grains).unwrap();
            let key = LineKey::new(&gantt, view, access, grain.clone());
            let line = gantt.take_line(&key);
            assert_eq!(line.is_some(), gantt.shows(view));
            if let Some(line) = line {
                assert_shows(&line, &gantt, view, access, grain);
                // A line that is not given back is made anew.
                if random.u8(0..5) > 0 {
                    gantt.keep_line(key, line);
                }
            }
            if random.bool() {
                hold_more(&mut random, &mut gantt, 10 + 2 * step, most);
            }
        }
    }
}

#[test]
fn lines_follow_the_holds_in_parts() {
    let mut random = Rng::with_seed(79);
    for round in 0..60 {
        let snapshot = machine(&mut random);
        let most = u32::try_from(snapshot.resources.hierarchy.all().len()).unwrap();
        // As they were when there were so many holds.
        let mut gantts: BTreeMap<usize, Gantt> = BTreeMap::new();
        let mut gantt = Gantt::new(&snapshot, None);
        for step in 0..20 {
            gantts.insert(gantt.holds().len(), gantt.clone());
            hold_more(&mut random, &mut gantt, 10 + 2 * step, most);
        }
        gantts.insert(gantt.holds().len(), gantt.clone());
        let view = VIEWS[round % 2];
        for access in accesses() {
            for grain in grains() {
                let key = LineKey::new(&gantt, view, &access, grain.clone());
                let mut times: Vec<usize> = gantts.keys().copied().filter(|_| random.u8(0..5) == 0).collect();
                times.push(gantt.holds().len());
                let mut line = Line::new(&gantt, &key, 0, times[0]).unwrap();
                for upto in times {
                    line.follow(&gantt, &key, upto);
                    // Where the key was still another one, it shows the same.
                    let (as_it_was, mut view) = (&gantts[&upto], view);
                    view.besteffort &= gantt.besteffort.is_some();
                    assert_shows(&line, as_it_was, view, &access, &grain);
                    line.follow(&gantt, &key, upto / 2);
                }
            }
        }
    }
}

#[test]
fn another_piece_of_a_container_is_on_its_lines() {
    let text = |resources: &str| -> ProcSet { resources.parse().unwrap() };
    let levels = [("core".to_owned(), (1..=8).map(|core| ProcSet::from_ranges([core..=core])).collect())].into();
    let resources = Resources {
        default: text("1-8"),
        usable: text("1-8"),
        hierarchy: crate::hierarchy::Hierarchy::new(&levels),
        ..Resources::default()
    };
    let mut gantt = Gantt::new(&Snapshot { max_time: Time(END), ..Snapshot::new(Time(NOW), resources) }, None);
    let (view, access) = (View { besteffort: false, container: Some("c"), missing: false }, Access::Free);
    let free = |gantt: &mut Gantt, instant: i64| {
        let key = LineKey::new(gantt, view, &access, Grain::Block("core".to_owned()));
        let line = gantt.take_line(&key)?;
        let mut scratch = Scratch::default();
        line.timeline.free_in(Time(instant), Time(instant), &mut scratch);
        let free = line.places.resources(&bits::ranges(scratch.free())).to_string();
        gantt.keep_line(key, line);
        Some(free)
    };
    let job = |id: i64, types: &[(&str, &str)]| {
        let types = types.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Arc::new(Job { id: JobId(id), types, ..Job::default() })
    };
    assert_eq!(free(&mut gantt, 60), None);
    gantt.hold_placed(&job(1, &[("container", "c")]), Time(50), Seconds(50), text("1-3"));
    assert_eq!(free(&mut gantt, 60).unwrap(), "1-3");
    gantt.hold_placed(&job(2, &[("inner", "c")]), Time(60), Seconds(10), text("2"));
    assert_eq!(free(&mut gantt, 60).unwrap(), "1 3");
    let machine = LineKey::new(&gantt, VIEWS[0], &access, Grain::Resource);
    let number = |gantt: &mut Gantt| {
        let line = gantt.take_line(&machine).unwrap();
        let number = line.number;
        gantt.keep_line(machine.clone(), line);
        number
    };
    let before = number(&mut gantt);
    gantt.hold_placed(&job(3, &[("container", "c")]), Time(55), Seconds(10), text("3-5"));
    // What is inside already stays.
    let seen = [54, 55, 60, 64, 65, 70].map(|instant| free(&mut gantt, instant).unwrap());
    assert_eq!(seen, ["1-3", "1-5", "1 3-5", "1 3-5", "1 3", "1-3"]);
    // The other timelines are as they were.
    assert_eq!(number(&mut gantt), before);
}

#[test]
fn an_offer_that_nobody_makes_is_no_other_timeline() {
    let mut random = Rng::with_seed(83);
    let mut gantt = Gantt::new(&machine(&mut random), None);
    let access = Access::Offered(Offer::Placeholder("p".to_owned()));
    let key = |gantt: &Gantt| LineKey::new(gantt, VIEWS[0], &access, Grain::Resource);
    assert_eq!(key(&gantt), LineKey::new(&gantt, VIEWS[0], &Access::Free, Grain::Resource));
    let types = [("placeholder".to_owned(), "p".to_owned())].into();
    let job = Job { id: JobId(1), types, ..Job::default() };
    gantt.hold_placed(&Arc::new(job), Time(NOW), Seconds(5), "1".parse().unwrap());
    assert_ne!(key(&gantt), LineKey::new(&gantt, VIEWS[0], &Access::Free, Grain::Resource));
    // As long as there are no hidden holds, all jobs see the same.
    assert_eq!(
        LineKey::new(&gantt, VIEWS[1], &Access::Free, Grain::Resource),
        LineKey::new(&gantt, VIEWS[0], &Access::Free, Grain::Resource)
    );
}

#[test]
fn the_oldest_lines_are_not_kept() {
    let mut random = Rng::with_seed(89);
    let mut gantt = Gantt::new(&machine(&mut random), None);
    let most = u32::try_from(gantt.machines.whole().hierarchy.all().len()).unwrap();
    let mut numbers = Vec::new();
    let often = LineKey::new(&gantt, VIEWS[0], &Access::Free, Grain::Resource);
    for id in 0..300 {
        if id % 40 == 0 {
            hold_more(&mut random, &mut gantt, 1000 + id, most);
        }
        // A job that supersedes another has a timeline of its own.
        let access = Access::HeldBy(JobId(id));
        let key = LineKey::new(&gantt, VIEWS[0], &access, Grain::Resource);
        let line = gantt.take_line(&key).unwrap();
        assert_shows(&line, &gantt, VIEWS[0], &access, &Grain::Resource);
        numbers.push(line.number);
        gantt.keep_line(key, line);
        let line = gantt.take_line(&often).unwrap();
        numbers.push(line.number);
        gantt.keep_line(often.clone(), line);
        assert!(gantt.lines.lines.len() <= LINES_MAX);
    }
    assert_eq!(gantt.lines.lines.len(), LINES_MAX);
    // The one that was used in between is still the same; the others all differ.
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 301);
    // The first one is made anew.
    let key = LineKey::new(&gantt, VIEWS[0], &Access::HeldBy(JobId(0)), Grain::Resource);
    assert!(!numbers.contains(&gantt.take_line(&key).unwrap().number));
}
