//! What the schedulers know of an OAR server: its `oar.conf`, and its database.

pub mod conf;
mod database;

pub use database::{Database, DbError, Decisions, JobDetails, LeftOut, MESSAGE_MAX, Machine, Place, RoundInput, Scope};
