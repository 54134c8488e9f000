use serde_json::{Value, json};

use super::*;

fn plan(name: Option<&str>, placed: &[(i64, i64, i64, &str)], unplaced: &[Value]) -> String {
    let place = |&(job, moldable, start, resources): &(i64, i64, i64, &str)| json!({ "job": job, "moldable": moldable, "start": start, "walltime": 600, "resources": resources });
    let assignments: Vec<Value> = placed.iter().map(place).collect();
    let mut plan =
        json!({ "format": "oar-scheduler-plan/1", "now": 1000, "assignments": assignments, "unscheduled": unplaced });
    if let Some(name) = name {
        plan["name"] = json!(name);
    }
    plan.to_string() + "\n"
}

#[test]
fn each_way_to_differ_is_told() {
    let files = Files::new();
    let a = plan(
        None,
        &[
            (1, 10, 1000, "1"),
            (2, 20, 4600, "2"),
            (3, 30, 1000, "3"),
            (4, 40, 1000, "4"),
            (5, 50, 1000, "5"),
            (6, 60, 1000, "6"),
        ],
        &[json!({ "job": 7 }), json!({ "job": 8, "could_start_at": 2000 }), json!({ "job": 9 })],
    );
    let b = plan(
        None,
        &[
            (1, 10, 1000, "1"),
            (2, 20, 1000, "2"),
            (3, 30, 1600, "3-4"),
            (4, 41, 1000, "4"),
            (6, 60, 1000, "7"),
            (7, 70, 1000, "6"),
        ],
        &[json!({ "job": 5 }), json!({ "job": 8, "could_start_at": 3000 }), json!({ "job": 11 })],
    );
    let (a, b) = (files.write("a", a), files.write("b", b));
    let run = oar_sim(&["diff", &a, &b]);
    assert_eq!(
        run.stdout,
        "line 1: 9 jobs treated differently, 1 the same
  job 2: 1:00:00 earlier: now, was now+1:00:00
  job 3: 0:10:00 later: now+0:10:00, was now; elsewhere: 3-4, was 3
  job 4: another alternative: 41 (600 s), was 40 (600 s)
  job 5: no longer placed: no place, was: now on 5
  job 6: elsewhere: 7, was 6
  job 7: newly placed: now on 6, was: no place
  job 8: refused with another proposal: no place, it could start at now+0:33:20, was: no place, it could start at now+0:16:40
  job 9: only in the first: no place
  job 11: only in the second: no place
1 round, 1 different; 10 jobs, 9 different: 1 earlier, 1 later, 2 elsewhere, 1 with another alternative, 1 newly placed, 1 no longer placed, \
         1 refused with another proposal, 1 only in the first, 1 only in the second
"
    );
    assert_eq!((run.status, run.stderr.as_str()), (1, ""));

    let run = oar_sim(&["diff", "--json", &a, &b]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(run.status, 1);
    assert_eq!(document["summary"]["different_jobs"], 9);
    assert_eq!(document["summary"]["changes"]["elsewhere"], 2);
    assert_eq!(
        document["rounds"][0]["jobs"][1],
        json!({
            "job": 3,
            "changes": ["later", "elsewhere"],
            "a": { "job": 3, "moldable": 30, "start": 1000, "walltime": 600, "resources": "3" },
            "b": { "job": 3, "moldable": 30, "start": 1600, "walltime": 600, "resources": "3-4" },
        })
    );
}

#[test]
fn the_same_plans_do_not_differ() {
    let files = Files::new();
    let plans = oar_sim(&["replay", &corpus("basic.jsonl")]).stdout;
    let a = files.write("a", &plans);
    let b = files.write("b.gz", gzipped(plans.as_bytes()));
    let run = oar_sim(&["diff", &a, &b]);
    assert!(run.stdout.starts_with("120 rounds, ") && run.stdout.ends_with("no difference\n"), "{}", run.stdout);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    let run = oar_sim_with_input(&["diff", &a, "-"], plans.as_bytes());
    assert_eq!(run.status, 0);
}

#[test]
fn rounds_are_matched_by_name_or_else_by_line() {
    let files = Files::new();
    let round = |name, start| plan(name, &[(1, 10, start, "1")], &[]);
    let a = [round(Some("x"), 1000), round(Some("y"), 1000), round(Some("x"), 1100), round(None, 1000)].concat();
    let b = [
        round(Some("y"), 1000),
        round(Some("x"), 1000),
        round(Some("x"), 1200),
        round(None, 1300),
        round(Some("z"), 1000),
    ]
    .concat();
    let (a, b) = (files.write("a", a), files.write("b", b));
    let run = oar_sim(&["diff", &a, &b]);
    assert!(
        run.stdout.contains("x (number 2): 1 job treated differently, 0 the same\n  job 1: 0:01:40 later"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("line 4: 1 job treated"), "{}", run.stdout);
    assert!(run.stdout.contains("z: only in the second file"), "{}", run.stdout);
    assert!(run.last_line().starts_with("5 rounds, 3 different; 4 jobs, 2 different: 2 later"), "{}", run.stdout);
    for (chosen, status) in [("y", 0), ("x", 1), ("4", 1), ("z", 1)] {
        assert_eq!(oar_sim(&["diff", "--round", chosen, &a, &b]).status, status, "{chosen}");
    }
    let run = oar_sim(&["diff", "--round", "nowhere", &a, &b]);
    assert!(run.status == 2 && run.stderr.contains("expected a round \"nowhere\""), "{}", run.stderr);
}

#[test]
fn what_is_not_a_plan_is_reported() {
    let files = Files::new();
    let good = files.write("good", plan(None, &[], &[]));
    for (bad, expected) in [
        ("", "no round"),
        ("{}", "missing field `assignments`"),
        ("{\"assignments\":[],", "EOF"),
        (
            "{\"format\":\"oar-scheduler-plan/2\",\"assignments\":[],\"unscheduled\":[]}",
            "expected format \"oar-scheduler-plan/1\", found",
        ),
        ("{\"assignments\":[],\"unscheduled\":[]}", "expected plans of the same moment"),
    ] {
        let bad = files.write("bad", bad);
        let run = oar_sim(&["diff", &good, &bad]);
        assert!(run.status == 2 && run.stderr.contains(expected), "{}", run.stderr);
    }
    let run = oar_sim(&["diff", "-", "-"]);
    assert!(run.status == 2 && run.stderr.contains("found it for both"), "{}", run.stderr);
}
