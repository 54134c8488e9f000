//! The schedulers that an OAR server starts: what `kamelot` and `kao` are made of.

mod commands;
pub mod convert_quotas;
mod dates;
mod decided;
mod files;
pub mod kamelot;
pub mod kao;
pub mod log;
mod message;
mod notify;
mod site;
mod tokens;

pub use decided::{DecidedRound, Reservations, Start};
pub use files::FileError;
pub use site::{Site, SiteError};
