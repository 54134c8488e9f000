use super::*;
use crate::sweep::tests::series;

#[test]
fn curves_are_well_formed_and_labelled() {
    let sweeps = [series("normal", &[1000, 2000, 5000]), series("core-only", &[1000, 10_000])];
    let svg = picture(&sweeps);
    let document = roxmltree::Document::parse(&svg).unwrap();
    let texts: Vec<&str> =
        document.descendants().filter(|node| node.has_tag_name("text")).filter_map(|node| node.text()).collect();
    for expected in [
        "CPU time of the placement",
        "memory of the placement, beyond the snapshot's",
        "waiting jobs",
        "normal, 10,000 cores: jobs^2.00",
        "core-only, 10,000 cores: jobs^1.00",
        "1,000",
        "10,000",
        "1 s",
        "1 MiB",
    ] {
        assert!(texts.contains(&expected), "{expected} is not in {texts:?}");
    }
    // Nobody asked for reasons.
    assert!(!texts.contains(&"CPU time of the reasons"));
}

#[test]
fn every_coordinate_lies_in_the_picture() {
    let svg = picture(&[series("normal", &[1, 10_000_000])]);
    let document = roxmltree::Document::parse(&svg).unwrap();
    let height: f64 =
        document.root_element().attribute("viewBox").unwrap().split(' ').next_back().unwrap().parse().unwrap();
    for node in document.descendants().filter(|node| node.has_tag_name("text")) {
        let place = |name: &str| node.attribute(name).unwrap().parse::<f64>().unwrap();
        assert!((0.0..=WIDTH).contains(&place("x")) && (0.0..=height).contains(&place("y")));
    }
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
}

#[test]
fn a_single_point_is_drawn() {
    let svg = picture(&[series("normal", &[1000])]);
    assert!(roxmltree::Document::parse(&svg).is_ok() && !svg.contains("NaN"));
}

#[test]
fn files_of_other_kinds_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let problem = |content: &str| {
        let file = folder.path().join("file");
        std::fs::write(&file, content).unwrap();
        read(&file, &mut Vec::new()).unwrap_err().to_string()
    };
    assert!(problem("").ends_with("expected lines of `oar-bench sweep --json`, found nothing"));
    assert!(problem("{}").contains("found missing field"));
    let other = serde_json::to_string(&Sweep { format: "other".to_owned(), ..series("normal", &[1]) }).unwrap();
    assert!(problem(&other).ends_with("found the format \"other\""));
    let missing = read(&folder.path().join("missing"), &mut Vec::new()).unwrap_err().to_string();
    assert!(missing.contains("missing: cannot read it"));
}
