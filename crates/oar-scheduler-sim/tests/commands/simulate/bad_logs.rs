use super::*;

fn with_garbage() -> String {
    let good = log(&[job(0, 100, 4), job(1, 10, 4)]);
    format!("{good}no job at all\n3 x\n{}\u{0}\u{1}\n", good.lines().next().unwrap())
}

#[test]
fn the_rest_of_a_log_with_faults_is_used() {
    let files = Files::new();
    let file = files.write("log.swf", with_garbage());
    let run = oar_sim(&["simulate", &file, "--cores", "4", "--json"]);
    let figures = figures(&run);
    assert_eq!((&figures["jobs"], &figures["dropped"]), (&2.into(), &serde_json::json!({ "unusable": 3 })));
    assert_eq!(run.stderr.lines().count(), 3, "{}", run.stderr);
    for (line, number) in run.stderr.lines().zip(3..) {
        assert!(line.starts_with(&format!("oar-sim: warning: {file}:{number}: expected ")), "{line}");
    }
}

#[test]
fn a_log_with_faults_is_refused_if_asked_for() {
    let files = Files::new();
    let file = files.write("log.swf", with_garbage());
    let run = oar_sim(&["simulate", &file, "--cores", "4", "--json", "--strict", "--out", &files.path("out")]);
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("expected a log without faults, found 3"), "{}", run.stderr);
    assert!(!Path::new(&files.path("out")).exists());
    let good = files.write("good.swf", log(&[job(0, 100, 4)]));
    assert_eq!(oar_sim(&["simulate", &good, "--cores", "4", "--strict"]).status, 0);
}

#[test]
fn a_gzipped_log_that_ends_early_gives_the_jobs_before_its_end() {
    let files = Files::new();
    let jobs: Vec<LogJob> = (0..5000).map(|at| job(at * 7, 3 + at * at % 97, 1 + at % 4)).collect();
    let packed = gzipped(log(&jobs).as_bytes());
    let whole = simulated(&files.write("log.swf.gz", &packed), "--cores 4 --policy easy", &[]);
    assert_eq!((whole.rows.len(), whole.stderr.as_str()), (5000, ""));
    let file = files.write("cut.swf.gz", &packed[..packed.len() / 2]);
    let cut = simulated(&file, "--cores 4 --policy easy", &[]);
    assert!((100..4900).contains(&cut.rows.len()), "{}", cut.rows.len());
    assert!(cut.stderr.contains("the gzip data is damaged or cut off"), "{}", cut.stderr);
    let strict = oar_sim(&["simulate", &file, "--cores", "4", "--policy", "easy", "--strict"]);
    assert_eq!((strict.status, strict.stdout.as_str()), (2, ""));
}

#[test]
fn a_log_without_jobs_is_an_error() {
    let files = Files::new();
    for text in ["", "; MaxProcs: 4\n", "garbage\n"] {
        let run = oar_sim(&["simulate", &files.write("log.swf", text), "--cores", "4"]);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""));
        assert!(run.stderr.contains("expected jobs, one a line of 18 numbers, found none"), "{}", run.stderr);
    }
}

#[test]
fn a_log_may_come_from_standard_input() {
    for bytes in [log(&[job(0, 10, 4)]).into_bytes(), gzipped(log(&[job(0, 10, 4)]).as_bytes())] {
        let run = oar_sim_with_input(&["simulate", "-", "--cores", "4", "--json"], &bytes);
        assert_eq!(figures(&run)["makespan"], 10);
    }
}
