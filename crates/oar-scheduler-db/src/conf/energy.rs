//! How nodes that nobody needs are switched off, and on again in time.

use std::path::PathBuf;
use std::time::Duration;

use oar_scheduler_core::Seconds;

use super::{Address, Conf, ConfError, Server};

/// How nodes that nobody needs are switched off, and on again in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Energy {
    /// When nodes are switched off, if they are.
    pub halt: Option<Halt>,
    /// `SCHEDULER_NODE_MANAGER_WAKEUP_TIME`, if nodes are woken up: how long before a job starts.
    pub wake_ahead: Option<Seconds>,
    /// Who does it.
    pub manager: NodeManager,
}

/// When nodes are switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Halt {
    /// `SCHEDULER_NODE_MANAGER_IDLE_TIME`: for how long nobody has needed them.
    pub idle: Seconds,
    /// `SCHEDULER_NODE_MANAGER_SLEEP_TIME`: for how long nobody will.
    pub sleep: Seconds,
}

/// Who switches nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeManager {
    /// Commands that read the names of nodes, a line each.
    Commands {
        /// `SCHEDULER_NODE_MANAGER_SLEEP_CMD`.
        sleep: Option<String>,
        /// `SCHEDULER_NODE_MANAGER_WAKE_UP_CMD`.
        wake_up: Option<String>,
        /// `SCHEDULER_TIMEOUT`: how long they may take.
        timeout: Duration,
    },
    /// OAR 2's Hulot, which reads lines from a named pipe (`FIFO_HULOT`).
    Hulot(PathBuf),
    /// OAR 3's Greta, which reads JSON on ZeroMQ: `GRETA_SERVER`, `GRETA_PORT`.
    Greta(Address),
}

impl Energy {
    /// The settings, if energy is saved.
    ///
    /// # Errors
    /// When a value is wrong.
    pub(super) fn of(conf: &Conf, server: Server) -> Result<Option<Self>, ConfError> {
        // OAR 2 decides by the commands alone; OAR 3 leaves it to simulations too.
        let modes = "metascheduler_decision_making or batsim_scheduler_proxy_decision_making";
        let is_ours = conf.typed("ENERGY_SAVING_MODE", modes, |mode| match mode {
            "metascheduler_decision_making" => Some(true),
            "batsim_scheduler_proxy_decision_making" => Some(false),
            _ => None,
        })?;
        if !is_ours.unwrap_or(server == Server::Oar2) {
            return Ok(None);
        }
        let is_internal = conf.flag("ENERGY_SAVING_INTERNAL")?.unwrap_or(false);
        let command = |name: &str| {
            let internal = conf.get(&format!("ENERGY_SAVING_NODE_MANAGER_{name}")).filter(|_| is_internal);
            internal.or(conf.get(&format!("SCHEDULER_NODE_MANAGER_{name}"))).map(str::to_owned)
        };
        let seconds = |name: &str| Ok(conf.integer(&format!("SCHEDULER_NODE_MANAGER_{name}"), 0)?.map(Seconds));
        let (sleep, wake_up) = (command("SLEEP_CMD"), command("WAKE_UP_CMD"));
        let halt = match (seconds("IDLE_TIME")?, seconds("SLEEP_TIME")?) {
            (Some(idle), Some(length)) if sleep.is_some() => Some(Halt { idle, sleep: length }),
            _ => None,
        };
        let wake_ahead = seconds("WAKEUP_TIME")?.unwrap_or(Seconds(1));
        let wake_ahead = wake_up.is_some().then_some(wake_ahead);
        let manager = match (is_internal, server) {
            (true, Server::Oar2) => NodeManager::Hulot(conf.get("FIFO_HULOT").unwrap_or("/tmp/oar_hulot_pipe").into()),
            (true, Server::Oar3) => NodeManager::Greta(Address::of(conf, "GRETA_SERVER", "GRETA_PORT", 6672)?),
            (false, _) => {
                let timeout = conf.integer("SCHEDULER_TIMEOUT", 1)?.map_or(10, i64::unsigned_abs);
                NodeManager::Commands { sleep, wake_up, timeout: Duration::from_secs(timeout) }
            }
        };
        // Those that are of the house look after their nodes each time that they are asked to.
        let is_idle = halt.is_none() && wake_ahead.is_none() && !is_internal;
        Ok((!is_idle).then_some(Self { halt, wake_ahead, manager }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    use super::*;

    fn energy(text: &str, server: Server) -> Option<Energy> {
        Energy::of(&Conf::parse(Path::new("oar.conf"), text), server).unwrap()
    }

    const MODE: &str = "ENERGY_SAVING_MODE=metascheduler_decision_making\n";
    const SLEEP: &str = "SCHEDULER_NODE_MANAGER_SLEEP_CMD=halt\nSCHEDULER_NODE_MANAGER_IDLE_TIME=60\n";
    const TIME: &str = "SCHEDULER_NODE_MANAGER_SLEEP_TIME=600\n";
    const WAKE: &str = "SCHEDULER_NODE_MANAGER_WAKE_UP_CMD=wake\n";

    #[test]
    fn it_is_saved_where_commands_are_and_by_oar_3_only_if_it_is_to_decide() {
        assert_eq!(energy("", Server::Oar2), None);
        assert_eq!(energy(SLEEP, Server::Oar2), None, "it is not said for how long");
        assert_eq!(energy(&format!("{SLEEP}{TIME}{WAKE}"), Server::Oar3), None);
        assert_eq!(
            energy(&format!("ENERGY_SAVING_MODE=batsim_scheduler_proxy_decision_making\n{WAKE}"), Server::Oar3),
            None
        );
        let halt = Halt { idle: Seconds(60), sleep: Seconds(600) };
        for (text, server) in [(String::new(), Server::Oar2), (MODE.to_owned(), Server::Oar3)] {
            let energy = energy(&format!("{text}{SLEEP}{TIME}"), server).unwrap();
            assert_eq!((energy.halt, energy.wake_ahead), (Some(halt), None));
            let wakes = super::tests::energy(&format!("{text}{WAKE}SCHEDULER_TIMEOUT=30"), server).unwrap();
            assert_eq!((wakes.halt, wakes.wake_ahead), (None, Some(Seconds(1))));
            let timeout = Duration::from_secs(30);
            let commands = NodeManager::Commands { sleep: None, wake_up: Some("wake".to_owned()), timeout };
            assert_eq!(wakes.manager, commands);
        }
    }

    #[test]
    fn each_server_has_a_process_for_it() {
        let internal = "ENERGY_SAVING_INTERNAL=yes\nENERGY_SAVING_NODE_MANAGER_WAKE_UP_CMD=wake\nGRETA_PORT=7\n";
        let hulot = energy(internal, Server::Oar2).unwrap();
        assert_eq!(hulot.manager, NodeManager::Hulot("/tmp/oar_hulot_pipe".into()));
        assert_eq!((hulot.halt, hulot.wake_ahead), (None, Some(Seconds(1))));
        let greta = energy(&format!("{MODE}{internal}"), Server::Oar3).unwrap();
        assert_eq!(greta.manager, NodeManager::Greta(Address { host: "localhost".to_owned(), port: 7 }));
        let alone = energy("ENERGY_SAVING_INTERNAL=yes", Server::Oar2).unwrap();
        assert_eq!((alone.halt, alone.wake_ahead), (None, None));
    }
}
