//! Jobs for the tests of decisions.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use oar_scheduler_core::{Job, JobId, JobState, MoldableId, ResourceId, Seconds, Time};
use oar_scheduler_db::conf::{Conf, Server, Settings};
use oar_scheduler_db::{PlacedJob, PlacedResource, ResourceState};

pub const NOW: Time = Time(1_700_000_000);

/// The defaults.
pub fn settings(server: Server) -> Settings {
    Settings::of(&Conf::parse(Path::new("oar.conf"), ""), server).unwrap()
}

/// A resource that is there.
pub fn alive(id: u32) -> PlacedResource {
    PlacedResource {
        id: ResourceId(id),
        host: "node".to_owned(),
        state: ResourceState::Alive,
        is_leaving: false,
        available_upto: Time(2_147_483_647),
        is_desktop: false,
    }
}

/// A job of 100 s that starts, or has started, now.
pub fn placed(id: i64, state: JobState, types: &[&str], resources: Vec<PlacedResource>) -> PlacedJob {
    let types = types.iter().map(|text| text.split_once('=').unwrap_or((text, "")));
    let types = types.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    PlacedJob {
        job: Job { id: JobId(id), user: "alice".to_owned(), types, ..Job::default() },
        state,
        is_reservation: false,
        submission_time: Time(0),
        requested_start: Time(0),
        message: String::new(),
        checkpoint: Seconds(0),
        moldable: MoldableId(id * 10),
        walltime: Seconds(100),
        start: NOW,
        resources,
    }
}
