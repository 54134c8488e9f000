//! A workload on a machine under a policy: what runs when and where.
//!
//! Nothing here reads a file or prints: a simulation is a function of its workload, machine and policy.

mod summary;
mod trace;

pub(crate) use summary::Summary;
pub(crate) use trace::{Execution, Left, Rounds, Trace};
