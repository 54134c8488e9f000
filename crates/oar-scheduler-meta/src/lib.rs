//! The schedulers that an OAR server starts: what `kamelot` is made of.

pub mod convert_quotas;
mod dates;
mod decided;
mod files;
pub mod kamelot;
pub mod log;
mod message;
mod site;
mod tokens;

pub use decided::{DecidedRound, Start};
pub use files::FileError;
pub use site::{Site, SiteError};
