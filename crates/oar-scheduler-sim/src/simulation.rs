//! A workload on a machine under a policy: what runs when and where.
//!
//! Nothing here reads a file, a clock or an environment, or prints: a simulation is a function of its workload, machine and policy. [`run`] moves from event
//! to event and asks the policy who starts; the policies are [`Easy`], [`Conservative`] and [`Fcfs`], which count processors, and [`Oar`], which asks
//! OAR's engine.

mod accounting;
#[cfg(test)]
mod agreement;
mod check;
mod conservative;
mod easy;
mod fcfs;
mod oar;
mod outcome;
mod outlook;
mod policy;
mod priority;
mod run;
mod summary;
mod trace;

pub(crate) use conservative::Conservative;
pub(crate) use easy::{BackfillOrder, Easy};
pub(crate) use fcfs::Fcfs;
pub(crate) use oar::{Keep, Oar, Requests, Rules};
pub(crate) use outcome::Outcome;
pub(crate) use policy::Policy;
pub(crate) use run::{Watch, run};
pub(crate) use summary::{Summary, percentile};
#[cfg(test)]
pub(crate) use trace::Left;
pub(crate) use trace::{Execution, Trace};
