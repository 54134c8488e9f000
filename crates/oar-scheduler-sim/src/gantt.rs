//! `oar-sim gantt`: draws a round.

use std::io;
use std::path::PathBuf;

use clap::Args;
use oar_scheduler_hooks::Plugins;

use crate::input::{Line, Lines, Place, Problem, is_named, read_round};
use crate::output::{Output, Status};

mod bars;
mod chart;
mod draw;
mod grid;
mod legend;
mod scale;
mod shapes;
mod style;

use chart::Chart;

/// Draw one round as a Gantt chart: who holds which resources, and when.
///
/// The picture is one self-contained SVG file. It shows the jobs that hold resources and the jobs that the round places, from now to the
/// end of the last placed job; what goes on beyond is cut, with a mark. Jobs without a place are listed with their reasons. Point at a
/// job to read its details.
#[derive(Args)]
#[command(after_long_help = "Exit status: 0; 2 if the round could not be read, decided or drawn.")]
pub(crate) struct Arguments {
    /// Rounds, one a line, as `oar-sim replay` reads them; `-` is standard input.
    file: PathBuf,

    /// Which round, if the file has several: its name, or else its line number.
    #[arg(long, value_name = "NAME|LINE")]
    round: Option<String>,

    /// The picture; `-` is standard output.
    #[arg(short, long, value_name = "OUT.svg")]
    output: PathBuf,

    /// Show no more than so many hours from now.
    #[arg(long, value_parser = hours)]
    hours: Option<f64>,
}

fn hours(text: &str) -> Result<f64, String> {
    let wrong = || format!("expected a positive number of hours, found {text:?}");
    text.parse().ok().filter(|hours: &f64| hours.is_finite() && *hours > 0.0).ok_or_else(wrong)
}

pub(crate) fn run(arguments: &Arguments, plugins: &Plugins, output: &mut Output) -> io::Result<Status> {
    let svg = match picture(arguments, plugins) {
        Ok(svg) => svg,
        Err(problem) => {
            output.problem(problem);
            return Ok(Status::Success);
        }
    };
    if arguments.output.as_os_str() == "-" {
        output.bytes(svg.as_bytes())?;
    } else if let Err(error) = std::fs::write(&arguments.output, svg) {
        output.problem(format_args!("{}: cannot write it: {error}", arguments.output.display()));
    }
    Ok(Status::Success)
}

fn picture(arguments: &Arguments, plugins: &Plugins) -> Result<String, Problem> {
    let line = match &arguments.round {
        Some(round) => chosen(arguments, round)?,
        None => only(arguments)?,
    };
    let round = read_round(&line)?;
    let chart = Chart::new(&round, plugins, arguments.hours).map_err(|error| Problem::new(&line.place, error))?;
    Ok(draw::svg(&chart))
}

/// The round of this name, or else the one on the line of this number.
fn chosen(arguments: &Arguments, round: &str) -> Result<Line, Problem> {
    let mut by_number = None;
    let mut first_problem = None;
    let lines = Lines::open(&arguments.file)?;
    let place = lines.place(None);
    for line in lines {
        match line {
            Ok(line) if is_named(&line, round) => return Ok(line),
            Ok(line) if round == line.number.to_string() => by_number = Some(line),
            Ok(_) => {}
            Err(problem) => first_problem = first_problem.or(Some(problem)),
        }
    }
    let none =
        || Problem::new(&place, format_args!("expected a round with the name or line number {round:?}, found none"));
    by_number.ok_or_else(|| first_problem.unwrap_or_else(none))
}

fn only(arguments: &Arguments) -> Result<Line, Problem> {
    let mut lines = Lines::open(&arguments.file)?;
    let place = lines.place(None);
    let none = |place: &Place| Problem::new(place, "expected a round, found none");
    let first = lines.next().ok_or_else(|| none(&place))??;
    match lines.next() {
        None => Ok(first),
        Some(Err(problem)) => Err(problem),
        Some(Ok(_)) => {
            let problem = "expected one round, found several: choose one by its name or line number with `--round`";
            Err(Problem::new(&place, problem))
        }
    }
}
