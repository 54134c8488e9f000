//! `oar-scheduler-pages FOLDER`: writes the manual pages and the completions of `kamelot`, `kao` and `oar-sim`, from their command lines, into a folder such as
//! `/usr/share`. `make deb` puts them into the package.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory};
use clap_complete::{Generator, Shell, generate};
use clap_mangen::Man;
use oar_scheduler_meta::{kamelot, kao};

/// Where the completions of a shell are looked for.
const COMPLETIONS: [(Shell, &str); 3] = [
    (Shell::Bash, "bash-completion/completions"),
    (Shell::Zsh, "zsh/vendor-completions"),
    (Shell::Fish, "fish/vendor_completions.d"),
];

fn main() -> io::Result<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "expected a folder"))?;
    write_all(&folder)
}

fn write_all(folder: &Path) -> io::Result<()> {
    // Administrators run the schedulers, users the simulator, which has a page for each of its commands.
    let schedulers = [kamelot::Arguments::command(), kao::Arguments::command()];
    let simulator = oar_scheduler_sim::command().disable_help_subcommand(true);
    for scheduler in &schedulers {
        Man::new(scheduler.clone()).section("8").generate_to(made(folder.join("man/man8"))?)?;
    }
    clap_mangen::generate_to(simulator.clone(), made(folder.join("man/man1"))?)?;
    for (shell, place) in COMPLETIONS {
        let place = made(folder.join(place))?;
        for command in schedulers.iter().chain([&simulator]) {
            complete(shell, command, &place)?;
        }
    }
    Ok(())
}

fn complete(shell: Shell, command: &Command, folder: &Path) -> io::Result<()> {
    let name = command.get_name();
    // bash looks for the name of the command itself.
    let file = if shell == Shell::Bash { name.to_owned() } else { shell.file_name(name) };
    let mut text = Vec::new();
    generate(shell, &mut command.clone(), name, &mut text);
    fs::write(folder.join(file), text)
}

fn made(folder: PathBuf) -> io::Result<PathBuf> {
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn each_program_has_pages_and_completions() {
        let folder = tempfile::tempdir().unwrap();
        write_all(folder.path()).unwrap();
        for (file, word) in [
            ("man/man8/kamelot.8", "convert"),
            ("man/man8/kao.8", "trace"),
            ("man/man1/oar-sim.1", "replay"),
            ("man/man1/oar-sim-replay.1", "explain"),
            ("bash-completion/completions/kamelot", "--dry-run"),
            ("zsh/vendor-completions/_kao", "explain"),
            ("zsh/vendor-completions/_oar-sim", "simulate"),
            ("fish/vendor_completions.d/kamelot.fish", "snapshot"),
        ] {
            let text = fs::read_to_string(folder.path().join(file)).unwrap();
            assert!(text.contains(word), "{file}");
        }
    }
}
