//! The schedulers that an OAR server starts.

pub mod convert_quotas;
