//! What the schedulers know of an OAR server: its `oar.conf`, and its database.

pub mod conf;
mod database;

pub use database::{
    Beginning, Changed, Changes, Client, Contact, Database, DbError, Decisions, Demand, Event, Eviction, HostEvent,
    JobDetails, Jobs, Launch, LeftOut, Lock, LostReservation, MESSAGE_MAX, Machine, NextJob, Nodes, Place, PlacedJob,
    PlacedResource, Places, Queue, ResourceState, ResumingJob, RoundInput, Scope, StateChange, WalltimeAnswer,
    WalltimeRequest, WalltimeRequests,
};
