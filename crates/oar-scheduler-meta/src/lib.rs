//! The schedulers that an OAR server starts.
