//! The quotas file of OAR 2.

use super::site::{Job, sites};

#[test]
fn a_quotas_file_of_oar_2_is_translated() {
    let site = &sites()[0];
    let file = site.file("scheduler_quotas.conf");
    std::fs::write(&file, "$Gantt_quotas->{'*'}->{'*'}->{'*'}->{'/'} = [25, 100, 2000]; # each user\n").unwrap();
    let ran = site.kamelot(&["--convert-quotas", file.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.log);
    let json: serde_json::Value = serde_json::from_str(&ran.output).unwrap();
    assert_eq!(json["quotas"], serde_json::json!({"*,*,*,/": [25, 100, 2000]}));
    assert!(ran.log.contains("scheduler_quotas.conf, line 1: "), "{}", ran.log);
    std::fs::write(&file, "\nsystem('reboot');\n").unwrap();
    let ran = site.kamelot(&["--convert-quotas", file.to_str().unwrap()]);
    assert_eq!((ran.code, ran.output.as_str()), (Some(1), ""));
    assert!(ran.log.contains("scheduler_quotas.conf: line 2: expected"), "{}", ran.log);
}

#[test]
fn quotas_that_are_not_heeded_are_told_at_each_round() {
    for site in sites() {
        site.submit(&Job::nodes(1, 1, 60));
        let heeded = || !site.round("default").log.contains("scheduler_quotas.conf are not heeded: translate them");
        assert!(heeded());
        std::fs::write(site.file("scheduler_quotas.conf"), "# $Gantt_quotas->{'*'}->{'*'}->{'*'}->{'/'} = 25;\n")
            .unwrap();
        assert!(heeded(), "as Debian ships it, there are only comments");
        std::fs::write(site.file("scheduler_quotas.conf"), "$Gantt_quotas->{'*'}->{'*'}->{'*'}->{'/'} = 25;\n")
            .unwrap();
        assert_eq!(heeded(), !site.is_oar2);
        std::fs::write(site.file("scheduler_quotas.conf"), "something(else)").unwrap();
        assert_eq!(heeded(), !site.is_oar2);
    }
}
