use super::*;

fn counted(instructions: u64, before: Option<u64>) -> Counted {
    Counted { case: "normal".to_owned(), instructions, before }
}

#[test]
fn the_total_is_read_from_callgrinds_file() {
    let file = "# callgrind format\nevents: Ir\nsummary: 5\n\nfn=(1) main\n1 7\n\ntotals: 1234567\n";
    assert_eq!(callgrind::total(file), Some(5));
    assert_eq!(callgrind::total("events: Ir Dr\ntotals: 42 3\n"), Some(42));
    assert_eq!(callgrind::total("events: Ir\n"), None);
}

#[test]
fn changes_beyond_the_tolerance_are_marked() {
    for (counted, change, mark) in [
        (counted(1030, Some(1000)), "+3.00 %", "more"),
        (counted(900, Some(1000)), "-10.00 %", "less"),
        (counted(1010, Some(1000)), "+1.00 %", " "),
        (counted(1010, None), "–", "new"),
        (counted(1010, Some(0)), "–", "new"),
    ] {
        let table = table::of(&[counted], 2.0);
        let row = table.lines().find(|line| line.contains("normal")).unwrap();
        assert!(row.contains(change) && row.contains(mark), "{row}");
        assert!(mark != " " || !row.contains("more") && !row.contains("less"), "{row}");
    }
}

#[test]
fn all_six_workloads_and_all_features_are_counted() {
    let titles: Vec<String> = cases().map(|case| title(&case)).collect();
    assert_eq!(titles.len(), 6 + Feature::value_variants().len());
    assert!(titles.contains(&"high-cache-hit".to_owned()) && titles.contains(&"normal with containers".to_owned()));
    assert!(!titles.iter().any(|title| title.starts_with("whole-nodes")));
}

#[test]
fn a_baseline_is_read_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new").join("baseline.json");
    let mut output = Output::new("oar-bench");
    assert_eq!(read(&file, &mut output).unwrap(), None);
    let instructions = BTreeMap::from([("normal".to_owned(), 5)]);
    let baseline = Baseline { format: FORMAT.to_owned(), compiler: "rustc 1".to_owned(), instructions };
    write(&file, &baseline).unwrap();
    assert_eq!(read(&file, &mut output).unwrap(), Some(baseline));
    for (content, expected) in
        [("[]", "found invalid length"), ("{\"format\":\"x\",\"compiler\":\"\",\"instructions\":{}}", "\"x\"")]
    {
        std::fs::write(&file, content).unwrap();
        let problem = read(&file, &mut output).unwrap_err().to_string();
        assert!(problem.contains(expected), "{problem}");
    }
}
