//! The plugin that is called before each group of queues (`EXTRA_METASCHED`), and the others in a whole round.

use super::listening::{Server, round};
use super::site::{Job, Site, sites};

fn deployable(site: &Site) -> Vec<String> {
    site.rows("SELECT CAST(resource_id AS text) FROM resources WHERE deploy = 'YES'")
}

#[test]
fn what_the_plugin_changes_is_there_for_the_next_round() {
    for site in sites() {
        let _server = Server::of(&site, "EXTRA_METASCHED=foo");
        site.submit(&Job::nodes(1, 1, 60));
        let first = || Job::new(2).or_groups(60, vec![(Some("deploy = 'YES'".to_owned()), vec![("resource_id", 1)])]);
        site.submit(&first());
        let told = site.kao(&["--dry-run", "--now", "1700000000"]);
        assert!(told.output.contains("resources 1: deploy becomes \"YES\""), "{}\n{}", told.output, told.log);
        assert!(deployable(&site).is_empty());

        let ran = round(&site);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        assert!(ran.log.contains("resources 1: deploy becomes \"YES\", as EXTRA_METASCHED wants it"), "{}", ran.log);
        assert_eq!(deployable(&site), ["1"]);
        // The round began before.
        assert_eq!(site.places(), ["1 0 1,2,3,4"]);
        let ran = round(&site);
        assert!(
            site.places().iter().any(|place| place.starts_with("2 70 ") && place.ends_with(" 1")),
            "{:?}",
            site.places()
        );
        assert!(!ran.log.contains("deploy"), "{}", ran.log);
    }
}

#[test]
fn the_plugin_is_called_before_each_group() {
    for site in sites() {
        let _server = Server::of(&site, "EXTRA_METASCHED=logger");
        site.submit(&Job::nodes(1, 1, 60));
        let ran = round(&site);
        let groups = site.rows("SELECT DISTINCT CAST(priority AS text) FROM queues WHERE state = 'Active'").len();
        assert_eq!(ran.log.matches("plugin successfully called ;)").count(), groups, "{}", ran.log);
        assert_eq!(site.state(1), "toLaunch");
    }
}

#[test]
fn without_the_plugin_the_round_goes_on_and_says_so_once() {
    for site in sites() {
        let _server = Server::of(&site, "EXTRA_METASCHED=moon\nJOB_PRIORITY=CUSTOM\nCUSTOM_JOB_SORTING=sun");
        site.submit(&Job::nodes(1, 1, 60));
        site.submit(&Job::nodes(2, 1, 60).with_type("find=mars"));
        let ran = round(&site);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        assert_eq!(site.places(), ["1 0 1,2,3,4"]);
        let warning = "[warn]";
        for expected in [
            "EXTRA_METASCHED \"moon\": there is no such plugin in this kao (those in Python need oar-scheduler-kao)",
            "CUSTOM_JOB_SORTING \"sun\": there is no such plugin in this kao (those in Python need oar-scheduler-kao); FIFO is used",
        ] {
            let lines: Vec<&str> = ran.log.lines().filter(|line| line.contains(expected)).collect();
            assert!(lines.len() == 1 && lines[0].starts_with(warning), "{}", ran.log);
        }
        assert!(site.message(2).contains("plugin find=mars: there is no such plugin"), "{}", site.message(2));
    }
}

#[test]
fn default_stands_for_no_plugin() {
    for site in sites() {
        let _server = Server::of(&site, "EXTRA_METASCHED=default");
        site.submit(&Job::nodes(1, 1, 60));
        let ran = round(&site);
        assert!(!ran.log.contains("EXTRA_METASCHED"), "{}", ran.log);
    }
}
