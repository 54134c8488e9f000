use oar_scheduler_sim::mix::Mix;

use super::*;

fn case() -> Case {
    Case { workload: Mix::Normal, jobs: 20, cores: 1000, seed: 1, feature: None }
}

/// What an OAR3 that decides like us would answer.
fn like_us(snapshot: &Snapshot) -> Decided {
    let plan = place_all_groups(snapshot).unwrap().finish_without_reasons();
    let place = |place: oar_scheduler_core::Assignment| PlaceOf {
        job: place.job,
        place: Place { start: place.start, resources: place.resources },
    };
    let places = plan.assignments.into_iter().map(place).collect();
    Decided { version: "3".to_owned(), seconds: 2.0, peak_bytes: 5, places }
}

#[test]
fn every_job_is_compared() {
    let snapshot = snapshot::of(&case().round());
    let comparison = compare(&case(), &snapshot, like_us(&snapshot)).unwrap();
    assert_eq!((comparison.same, comparison.differences.as_slice()), (20, &[][..]));
    assert!(comparison.times_faster > 1.0 && comparison.oar3.seconds == 2.0);

    let mut theirs = like_us(&snapshot);
    let lost = theirs.places.remove(2).job;
    let late = theirs.places[5].job;
    theirs.places[5].place.start.0 += 60;
    let comparison = compare(&case(), &snapshot, theirs).unwrap();
    let different: Vec<JobId> = comparison.differences.iter().map(|difference| difference.job).collect();
    assert_eq!((comparison.same, different.len()), (18, 2));
    assert!(different.contains(&lost) && different.contains(&late));
    let table = table::of(&comparison);
    assert!(table.contains(&format!("job {lost}: here at ")) && table.contains("; there without a place"), "{table}");
}

#[test]
fn long_lists_are_cut_on_a_terminal() {
    let snapshot = snapshot::of(&Case { jobs: 50, ..case() }.round());
    let nothing = Decided { places: Vec::new(), ..like_us(&snapshot) };
    let comparison = compare(&Case { jobs: 50, ..case() }, &snapshot, nothing).unwrap();
    let table = table::of(&comparison);
    assert!(table.lines().count() < 40 && table.contains("more (all with `--json`)"), "{table}");
}

#[test]
fn a_folder_without_python_is_no_virtual_environment() {
    let folder = tempfile::tempdir().unwrap();
    let problem = decide(&snapshot::of(&case().round()), folder.path()).unwrap_err().to_string();
    assert!(problem.contains("expected a Python virtual environment with OAR3 installed"), "{problem}");
}
