use super::*;

#[test]
fn a_series_is_measured_fitted_and_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let words = "sweep node-only --cores 2000 --jobs 20,40,80 --with properties --json";
    let run = oar_bench(words);
    let sweep = run.json();
    assert_eq!(sweep["format"], "oar-bench-sweep/1");
    assert_eq!(sweep["with"], "properties");
    let jobs: Vec<u64> =
        sweep["points"].as_array().unwrap().iter().map(|point| point["jobs"].as_u64().unwrap()).collect();
    assert_eq!(jobs, [20, 40, 80]);
    assert!(sweep["exponents"]["placement"].is_f64(), "{sweep}");

    let (series, picture) = (folder.path().join("series.json"), folder.path().join("curves.svg"));
    std::fs::write(&series, &run.stdout).unwrap();
    let run = oar_bench(&format!("plot {0} {0} -o {1}", series.display(), picture.display()));
    assert_eq!((run.status, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
    let svg = std::fs::read_to_string(picture).unwrap();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let texts: Vec<&str> = document.descendants().filter_map(|node| node.text()).collect();
    assert!(texts.iter().any(|text| text.starts_with("node-only with properties, 2,000 cores: jobs^")), "{texts:?}");
}

#[test]
fn a_terminal_gets_the_exponents() {
    let run = oar_bench("sweep whole-nodes --cores 6400 --jobs 20,40 --no-reasons");
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.contains("grows as") && run.stdout.contains("jobs^"), "{}", run.stdout);
}
