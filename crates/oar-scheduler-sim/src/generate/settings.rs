//! The options with which `oar-sim simulate` runs a log that was made, as YAML.

use std::fmt::{self, Write};

use super::log::{Queue, SyntheticLog};

/// The file.
pub(super) fn text(log: &SyntheticLog) -> String {
    let mut text = String::new();
    // A string takes everything.
    let _ = write(log, &mut text);
    text
}

fn write(log: &SyntheticLog, text: &mut String) -> fmt::Result {
    writeln!(text, "# Options of `oar-sim simulate` for the log of")?;
    writeln!(text, "#     {}", log.made_by)?;
    writeln!(text)?;
    writeln!(text, "# From outer to inner level: how many there are in one of the level around it.")?;
    writeln!(text, "platform: {}", log.machine)?;
    writeln!(text)?;
    writeln!(text, "# NUMBER-IN-THE-LOG=NAME, and what differs from other queues.")?;
    writeln!(text, "queue:")?;
    for queue in &log.queues {
        writeln!(text, "  - \"{queue}\"")?;
    }
    writeln!(text)?;
    writeln!(text, "# What a job of n processors asks for, unless its queue says otherwise.")?;
    writeln!(text, "request: \"/core=n\"")?;
    writeln!(text, "policy: oar")?;
    writeln!(text, "time-zone: {}", log.time_zone_name())
}

impl fmt::Display for Queue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, name, priority, besteffort, request, about: _ } = self;
        write!(formatter, "{number}={name},priority={priority}")?;
        if *besteffort {
            formatter.write_str(",besteffort")?;
        }
        match request {
            Some(request) => write!(formatter, ",request={request}"),
            None => Ok(()),
        }
    }
}
