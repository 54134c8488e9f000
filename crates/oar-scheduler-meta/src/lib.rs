//! The schedulers that an OAR server starts: what `kamelot` and `kao` are made of.

mod commands;
mod compiled;
pub mod convert_quotas;
pub mod dates;
mod decided;
pub mod files;
pub mod kamelot;
pub mod kao;
pub mod log;
mod message;
mod notify;
mod site;
pub mod tokens;

pub use decided::{DecidedRound, Refused, Reservations, Start, refused};
pub use site::{Site, SiteError};
