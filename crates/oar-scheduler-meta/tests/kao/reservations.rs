//! Advance reservations: new ones, accepted ones, and those that have lost their places.

use super::listening::{Ear, Server, events, round, round_at};
use super::site::{Job, NOW, Site, sites};

/// A reservation of some resources from some seconds after now.
fn reservation(id: i64, resources: i64, walltime: i64, start: i64, kind: &str) -> Job {
    Job::new(id)
        .or(walltime, &[("resource_id", resources)])
        .with("reservation", &format!("'{kind}'"))
        .with("start_time", &(NOW + start).to_string())
}

fn states(site: &Site, jobs: &[i64]) -> Vec<String> {
    let jobs = jobs.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
    let query = format!(
        "SELECT job_id || ' ' || CAST(state AS text) || ' ' || reservation FROM jobs WHERE job_id IN ({jobs}) ORDER BY job_id"
    );
    site.rows(&query)
}

#[test]
fn new_reservations_are_accepted_or_refused_after_the_waiting_jobs() {
    for site in sites() {
        let server = Server::of(&site, "SCHEDULER_JOB_SECURITY_TIME=60");
        site.sql("DELETE FROM resources WHERE resource_id > 5");
        let ears: Vec<Ear> = (0..5).map(|_| Ear::of_lines()).collect();
        let wanted = [(1, 3, 100), (2, 3, 150), (3, 2, 150), (4, 1, -500), (5, 1, -20)];
        for ((id, resources, start), ear) in wanted.into_iter().zip(&ears) {
            let address = format!("'127.0.0.1:{}'", ear.port);
            site.submit(&reservation(id, resources, 100, start, "toSchedule").with("info_type", &address));
        }
        site.submit(&Job::new(6).or(60, &[("resource_id", 5)]));
        site.submit(&Job::new(7).or(30, &[("resource_id", 2)]));
        let ran = round(&site);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        assert_eq!(site.places(), ["2 150 3,4,5", "6 0 1,2,3,4,5", "7 120 1,2"]);
        assert_eq!(
            states(&site, &[1, 2, 3, 4, 5, 6, 7]),
            [
                "1 Error Scheduled",
                "2 Waiting Scheduled",
                "3 Error Scheduled",
                "4 Error Scheduled",
                "5 Error Scheduled",
                "6 toLaunch None",
                "7 Waiting None"
            ]
        );
        let refused = |date: &str| vec![format!("This reservation could run at {date}\n"), "BAD JOB\n".to_owned()];
        assert_eq!(ears[0].hear(2), refused("2023-11-14 22:15:20"));
        assert_eq!(ears[1].hear(1), ["GOOD RESERVATION\n"]);
        assert_eq!(ears[2].hear(2), refused("2023-11-14 22:16:50"));
        assert_eq!(ears[3].hear(2), ["Reservation too old\n", "BAD JOB\n"]);
        assert_eq!(ears[4].hear(2), refused("2023-11-14 22:16:50"));
        assert_eq!(site.message(2), "R=3,W=0:1:40,J=R: starts at 2023-11-14 22:15:50");
        assert_eq!(
            site.rows("SELECT job_state FROM job_state_logs WHERE job_id = 2 ORDER BY job_state_log_id"),
            ["toAckReservation", "Waiting"]
        );
        // The requested start is not touched.
        assert_eq!(site.rows("SELECT CAST(start_time AS text) FROM jobs WHERE job_id = 5"), [(NOW - 20).to_string()]);
        assert_eq!(server.heard(2), ["6", "ChState"]);
        // It stays where it is, whoever waits.
        site.submit(&Job::new(8).or(600, &[("resource_id", 5)]).in_queue("admin"));
        round_at(&site, 5);
        assert!(site.places().contains(&"2 150 3,4,5".to_owned()), "{:?}", site.places());
    }
}

#[test]
fn one_that_begins_at_once_asks_for_another_round_and_one_whose_client_is_gone_is_killed() {
    for site in sites() {
        let _server = Server::of(&site, "");
        let ear = Ear::of_lines();
        let address = format!("'127.0.0.1:{}'", ear.port);
        site.submit(&reservation(1, 2, 100, 1, "toSchedule").with("info_type", &address));
        let ran = round(&site);
        assert_eq!(ran.code, Some(1), "{}", ran.log);
        site.submit(&reservation(2, 2, 200, 500, "toSchedule").with("info_type", "'127.0.0.1:1'"));
        let ran = round_at(&site, 1);
        assert_eq!(ran.code, Some(2), "{}", ran.log);
        assert_eq!(states(&site, &[1, 2]), ["1 toLaunch Scheduled", "2 Waiting Scheduled"]);
        assert_eq!(events(&site, 2), ["ACKNOWLEDGE_RESERVATION", "FRAG_JOB_REQUEST", "CANNOT_NOTIFY_OARSUB"]);
        // Nobody to tell is nobody to lose.
        site.submit(&reservation(3, 2, 100, 600, "toSchedule").with("info_type", "'frontend:'"));
        round_at(&site, 2);
        assert_eq!(states(&site, &[3]), ["3 Waiting Scheduled"]);
        // Who is to be killed is not launched.
        round_at(&site, 600);
        assert_eq!(states(&site, &[2, 3]), ["2 Waiting Scheduled", "3 toLaunch Scheduled"]);
    }
}

#[test]
fn what_cannot_be_understood_is_refused_and_inner_ones_wait_for_their_container() {
    for site in sites() {
        let _server = Server::of(&site, "");
        site.submit(&reservation(1, 2, 100, 50, "toSchedule").with_properties("moon = 1"));
        site.submit(&reservation(2, 2, 100, 50, "toSchedule").with_type("inner=9"));
        site.submit(&reservation(3, 20, 100, 50, "toSchedule"));
        site.submit(&reservation(4, 2, 100, 50, "toSchedule").with_type("inner=5"));
        site.submit(&Job::nodes(5, 1, 600).in_state("Hold").with_type("container"));
        let ran = round(&site);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        assert_eq!(
            states(&site, &[1, 2, 3, 4]),
            ["1 Error Scheduled", "2 Error Scheduled", "3 Error Scheduled", "4 Waiting toSchedule"]
        );
        assert!(
            site.message(1).starts_with("This advance reservation cannot run: properties: "),
            "{}",
            site.message(1)
        );
        assert_eq!(site.message(3), "This advance reservation cannot run");
        assert!(site.message(4).contains("container 5"), "{}", site.message(4));
    }
}

#[test]
fn what_may_be_understood_in_the_next_round_is_not_refused() {
    for site in sites().into_iter().filter(Site::is_postgres) {
        // Nobody can look at properties.
        let more = "DB_BASE_LOGIN_RO=nobody_at_all\nDB_BASE_PASSWD_RO=x";
        let server = Server::of(&site, more);
        let job = |id| reservation(id, 2, 100, 50, "toSchedule").with_properties("network_address = 'node-1'");
        site.submit(&job(1));
        site.submit(&job(2).with_properties("moon = 1"));
        assert_eq!(round(&site).code, Some(0));
        assert_eq!(states(&site, &[1, 2]), ["1 Waiting toSchedule", "2 Waiting toSchedule"]);
        assert!(site.message(1).contains("properties: cannot connect to "), "{}", site.message(1));
        server.configure(&site, "");
        assert_eq!(round(&site).code, Some(0));
        assert_eq!(states(&site, &[1, 2]), ["1 Waiting Scheduled", "2 Error Scheduled"]);
        // When all its time is over there is no next round for it.
        site.submit(&job(3));
        server.configure(&site, more);
        round_at(&site, 50 + 100 + 10);
        assert_eq!(states(&site, &[3]), ["3 Error Scheduled"]);
    }
}

#[test]
fn accepted_ones_wait_for_resources_and_then_take_what_is_left() {
    for site in sites() {
        let server = Server::of(&site, "");
        site.submit_placed(
            &reservation(1, 8, 1000, -100, "Scheduled").with("message", "'R=8,W=0:16:40,J=R'"),
            -100,
            &[1, 2, 3, 4, 5, 6, 7, 8],
        );
        site.submit_placed(&reservation(2, 4, 10, -100, "Scheduled"), -100, &[9, 10, 11, 12]);
        site.submit_placed(&reservation(3, 4, 1000, -400, "Scheduled"), -400, &[13, 14, 15, 16]);
        site.sql("UPDATE resources SET state = 'Dead' WHERE resource_id IN (1, 2, 13, 14, 15, 16)");
        let ran = round(&site);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        assert_eq!(site.places(), ["1 1 1,2,3,4,5,6,7,8", "3 1 13,14,15,16"], "2 has ended");
        assert_eq!(states(&site, &[1, 2, 3]), ["1 Waiting Scheduled", "2 Error Scheduled", "3 Waiting Scheduled"]);
        assert_eq!(site.message(2), "Reservation expired and couldn't be started.");
        assert_eq!(server.heard(1), ["ChState"]);
        assert_eq!(round_at(&site, 199).code, Some(0));
        assert_eq!(site.places(), ["1 200 1,2,3,4,5,6,7,8", "3 200 13,14,15,16"]);
        // 300 seconds after its start it begins with what there is, and ends when it was to.
        assert_eq!(round_at(&site, 200).code, Some(0));
        assert_eq!(site.places(), ["1 200 3,4,5,6,7,8", "3 201 13,14,15,16"]);
        assert_eq!(states(&site, &[1]), ["1 toLaunch Scheduled"]);
        let reduced = if site.is_oar2 { "NODES" } else { "RESSOURCES" };
        assert_eq!(
            events(&site, 1),
            [&format!("SCHEDULER_REDUCE_NB_{reduced}_FOR_RESERVATION"), "REDUCE_RESERVATION_WALLTIME"]
        );
        assert_eq!(site.message(1), "R=6,W=0:11:40,J=R");
        let walltime = "SELECT CAST(moldable_walltime AS text) FROM moldable_job_descriptions WHERE moldable_id = 10";
        assert_eq!(site.rows(walltime), ["700"]);
        assert_eq!(server.heard(1), ["1"]);
    }
}

#[test]
fn none_begins_when_nothing_of_its_time_is_left() {
    for site in sites() {
        let _server = Server::of(&site, "");
        site.submit_placed(&reservation(1, 4, 100, -100, "Scheduled"), -100, &[1, 2, 3, 4]);
        site.submit_placed(&reservation(2, 4, 100, -99, "Scheduled"), -99, &[5, 6, 7, 8]);
        assert_eq!(round(&site).code, Some(0));
        assert_eq!(states(&site, &[1, 2]), ["1 Error Scheduled", "2 toLaunch Scheduled"]);
        let walltimes = "SELECT CAST(moldable_walltime AS text) FROM moldable_job_descriptions ORDER BY moldable_id";
        assert_eq!(site.rows(walltimes), ["100", "1"]);
    }
}

#[test]
fn places_that_were_lost_are_replaced() {
    for site in sites() {
        let _server = Server::of(&site, "");
        site.sql("UPDATE resources SET state = 'Suspected' WHERE resource_id > 4");
        site.submit_placed(&reservation(1, 4, 100, 50, "Scheduled"), 50, &[1, 2, 3, 4]);
        site.submit(&reservation(2, 8, 100, 50, "Scheduled"));
        site.submit(&reservation(3, 8, 100, 50, "Scheduled"));
        site.submit(&reservation(4, 1, 10, -50, "Scheduled"));
        let ran = round(&site);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        assert_eq!(site.places(), ["1 50 1,2,3,4", "2 50 5,6,7,8,9,10,11,12"]);
        assert_eq!(site.message(2), "Renewed resources for reservation");
        assert_eq!(events(&site, 2), ["GET_RESOURCES_BACK_FOR_RESERVATION"]);
        assert_eq!(site.message(3), "No resource for reservation");
        assert_eq!(round_at(&site, 5).code, Some(0));
        assert_eq!(events(&site, 3), ["UNABLE_TO_GET_RESOURCE_BACK_FOR_RESERVATION"], "once");
        assert_eq!(states(&site, &[2, 3, 4]), ["2 Waiting Scheduled", "3 Waiting Scheduled", "4 Error Scheduled"]);
    }
}

#[test]
fn resources_that_are_not_there_are_for_those_who_accept_them() {
    for site in sites() {
        let server = Server::of(&site, "");
        site.sql("UPDATE resources SET state = 'Suspected' WHERE network_address = 'node-3'");
        site.sql("UPDATE resources SET state = 'Absent' WHERE network_address = 'node-4'");
        // OAR 2 expects them to be there in time.
        site.submit(&reservation(1, 16, 60, 5000, "toSchedule"));
        site.submit(&reservation(2, 16, 60, 6000, "toSchedule").with_type("state=permissive"));
        let on = |job: Job, node: i64| job.with_properties(&format!("network_address = 'node-{node}'"));
        site.submit(&on(Job::nodes(3, 1, 60), 3).with_type("state=permissive").with_type("noop"));
        site.submit(&on(Job::nodes(4, 1, 60), 4).with_type("state=permissive"));
        site.submit(&on(Job::nodes(5, 1, 60), 3));
        let ran = round(&site);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        let first = if site.is_oar2 { "1 Waiting Scheduled" } else { "1 Error Scheduled" };
        let others = ["2 Waiting Scheduled", "3 toLaunch None", "4 Waiting None", "5 Waiting None"];
        assert_eq!(states(&site, &[1, 2, 3, 4, 5]), [&[first][..], &others].concat());
        let placed: Vec<String> =
            site.places().iter().map(|place| place.rsplit_once(' ').unwrap().0.to_owned()).collect();
        let expected = ["1 5000", "2 6000", "3 0", "4 0"];
        assert_eq!(placed, if site.is_oar2 { &expected[..] } else { &expected[1..] });
        assert!(ran.log.contains("job 4 is not launched yet: resource 13 is not there"), "{}", ran.log);
        assert!(site.message(5).contains("while resources are missing"), "{}", site.message(5));
        assert!(server.heard(if site.is_oar2 { 1 } else { 2 }).contains(&"3".to_owned()));
    }
}
