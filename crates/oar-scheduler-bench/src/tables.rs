//! `oar-bench tables`: measurements as tables for a page.

use std::path::{Path, PathBuf};

use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use oar_scheduler_sim::numbers::{grouped, percent, short};
use oar_scheduler_sim::output::{Output, Status};
use serde::Deserialize;

use crate::error::{Error, cannot_read};
use crate::round;
use crate::run::Measured;
use crate::sweep::Sweep;
use crate::text::{memory, seconds};

/// Print measurements as tables in Markdown.
///
/// Series of the same numbers of jobs share a table; so do runs, the first of which the others are compared with. A round on a
/// database has one of its own.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What `oar-bench sweep --json`, `oar-bench run --json` and `oar-bench round --json` printed.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// A line of a file.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Line {
    Sweep(Sweep),
    Run(Measured),
    Round(Box<round::Measured>),
}

/// What one table is made of.
#[derive(Debug)]
enum Rows {
    Sweeps(Vec<Sweep>),
    Runs(Vec<Measured>),
    Round(Box<round::Measured>),
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Status, Error> {
    for file in &arguments.files {
        for rows in read(file)? {
            match rows {
                Rows::Sweeps(sweeps) => output.line(format_args!("{}\n", of_sweeps(&sweeps)))?,
                Rows::Runs(runs) => output.line(format_args!("{}\n", of_runs(&runs)))?,
                Rows::Round(round) => output.line(format_args!("{}\n", of_round(&round)))?,
            }
        }
    }
    Ok(Status::Success)
}

fn read(file: &Path) -> Result<Vec<Rows>, Error> {
    let text = std::fs::read_to_string(file).map_err(cannot_read(file))?;
    let mut tables: Vec<Rows> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let line: Line = serde_json::from_str(line).map_err(|_| Error::Format {
            path: file.to_owned(),
            expected: "lines of `oar-bench sweep --json`, `oar-bench run --json` or `oar-bench round --json`",
            problem: format!("`{}`", line.chars().take(60).collect::<String>()),
        })?;
        match (line, tables.last_mut()) {
            (Line::Sweep(sweep), Some(Rows::Sweeps(sweeps)))
                if sweeps.last().is_some_and(|last| jobs(last).eq(jobs(&sweep))) =>
            {
                sweeps.push(sweep);
            }
            (Line::Run(run), Some(Rows::Runs(runs))) => runs.push(run),
            (Line::Sweep(sweep), _) => tables.push(Rows::Sweeps(vec![sweep])),
            (Line::Run(run), _) => tables.push(Rows::Runs(vec![run])),
            (Line::Round(round), _) => tables.push(Rows::Round(round)),
        }
    }
    Ok(tables)
}

fn jobs(sweep: &Sweep) -> impl Iterator<Item = u64> {
    sweep.points.iter().map(|point| point.jobs)
}

fn of_sweeps(sweeps: &[Sweep]) -> String {
    let heads = sweeps.first().into_iter().flat_map(jobs).map(|jobs| format!("{} jobs", grouped(jobs as f64)));
    let heads = ["placement, CPU time".to_owned()].into_iter().chain(heads);
    let mut table = markdown(heads.chain(["grows as", "reasons", "memory", "grows as"].map(str::to_owned)));
    let power = |exponent: Option<f64>| exponent.map_or("–".to_owned(), |exponent| format!("jobs^{exponent:.2}"));
    for sweep in sweeps {
        let placements = sweep.points.iter().map(|point| seconds(point.placement_seconds.median));
        let last = sweep.points.last();
        let reasons =
            last.and_then(|last| last.reasons_seconds).map_or("–".to_owned(), |times| seconds(times.median));
        let peak = last.map_or_else(String::new, |last| memory(last.memory_bytes.placement_peak));
        let (placement, memory) = (power(sweep.exponents.placement), power(sweep.exponents.memory));
        table.add_row([sweep.name.to_string()].into_iter().chain(placements).chain([placement, reasons, peak, memory]));
    }
    aligned(table)
}

fn of_runs(runs: &[Measured]) -> String {
    let heads =
        ["", "placement, CPU time", "to the first", "reasons", "slots", "candidates", "memory", "placed otherwise"];
    let mut table = markdown(heads.map(str::to_owned).into_iter());
    let first = runs.first().map_or(0.0, |first| first.placement_seconds.median);
    for run in runs {
        let placement = run.placement_seconds.median;
        table.add_row([
            format!("{}, {} jobs", run.name, grouped(run.jobs as f64)),
            seconds(placement),
            format!("× {}", short(placement / first.max(1e-9))),
            run.reasons_seconds.map_or("–".to_owned(), |times| seconds(times.median)),
            grouped(run.slots as f64),
            grouped(run.candidates as f64),
            memory(run.memory_bytes.placement_peak),
            run.unlike_plain.map_or("–".to_owned(), percent),
        ]);
    }
    aligned(table)
}

fn of_round(round: &round::Measured) -> String {
    let size = &round.size;
    let [jobs, running, resources] = [size.jobs, size.running, size.resources].map(|number| grouped(number.into()));
    let title = format!("{jobs} waiting and {running} running jobs, {resources} resources");
    let mut table = markdown([title, "CPU time".to_owned(), "time".to_owned()].into_iter());
    let (cpu, wall) = (&round.cpu_seconds, &round.wall_seconds);
    for (phase, cpu, wall) in [
        ("connect", cpu.connect, wall.connect),
        ("read", cpu.read, wall.read),
        ("decide, with reasons", cpu.decide, wall.decide),
        ("write", cpu.write, wall.write),
        ("all", cpu.total, wall.total),
    ] {
        table.add_row([phase.to_owned(), seconds(cpu.median), seconds(wall.median)]);
    }
    if let Some(binary) = &round.binary {
        let (cpu, wall) = (binary.cpu_seconds.median, binary.wall_seconds.median);
        table.add_row(["kamelot, from start to end".to_owned(), seconds(cpu), seconds(wall)]);
    }
    if let Some(kao) = &round.kao {
        for (part, cpu) in [("first", &kao.begin_cpu_seconds), ("last", &kao.end_cpu_seconds)] {
            let rounds = grouped(f64::from(kao.rounds));
            table.add_row([
                format!("kao, the {part} tenth of {rounds} rounds in a row"),
                seconds(cpu.median),
                "–".to_owned(),
            ]);
        }
    }
    if let Some(server) = &round.server {
        table.add_row(["the server, for it".to_owned(), "–".to_owned(), seconds(server.seconds.median)]);
    }
    aligned(table)
}

fn markdown(heads: impl Iterator<Item = String>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(heads);
    table
}

fn aligned(mut table: Table) -> String {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::tests::series;

    fn tables(lines: &[String]) -> Vec<Rows> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), lines.join("\n")).unwrap();
        read(file.path()).unwrap()
    }

    #[test]
    fn series_of_the_same_jobs_share_a_table() {
        let line = |workload: &str, jobs: &[u64]| serde_json::to_string(&series(workload, jobs)).unwrap();
        let tables =
            tables(&[line("normal", &[1000, 2000]), line("node-only", &[1000, 2000]), line("normal", &[5000])]);
        let [Rows::Sweeps(first), Rows::Sweeps(second)] = &tables[..] else { panic!("{tables:?}") };
        assert_eq!((first.len(), second.len()), (2, 1));
        let text = of_sweeps(first);
        let rows: Vec<&str> = text.lines().collect();
        assert_eq!(rows.len(), 4, "{text}");
        assert!(rows[0].contains("1,000 jobs") && rows[1].starts_with("|---"), "{text}");
        assert!(
            rows[2].contains("normal, 10,000 cores") && rows[2].contains("10.0 ms") && rows[2].contains("jobs^2.00")
        );
    }

    #[test]
    fn runs_are_compared_with_the_first() {
        let runs = series("normal", &[1000, 2000]).points;
        let lines: Vec<String> = runs.iter().map(|run| serde_json::to_string(run).unwrap()).collect();
        let tables = tables(&lines);
        let [Rows::Runs(runs)] = &tables[..] else { panic!("{tables:?}") };
        let text = of_runs(runs);
        let rows: Vec<&str> = text.lines().collect();
        assert!(rows[2].contains("× 1.00") && rows[3].contains("× 4.00") && rows[3].contains("2,000 jobs"), "{text}");
    }

    #[test]
    fn a_round_has_a_table_of_its_own() {
        let times = r#"{"min":0.001,"median":0.002,"max":0.003}"#;
        let phases =
            ["connect", "read", "decide", "write", "total"].map(|phase| format!("\"{phase}\":{times}")).join(",");
        let line = format!(
            r#"{{"format":"oar-bench-round/1","jobs":1000,"running":10,"resources":200,"property_texts":8,"ended":0,"seed":1,"repeat":1,
            "cpu_seconds":{{{phases}}},"wall_seconds":{{{phases}}},"server":{{"statements":30,"rows_written":5,"seconds":{times}}},
            "placed":990,"explained":10,"starting_now":1,"resources_placed":2000,"memory_bytes":{{"before":1,"peak":2}},"binary":null}}"#
        );
        let tables = tables(&[line.replace('\n', "")]);
        let [Rows::Round(round)] = &tables[..] else { panic!("{tables:?}") };
        let text = of_round(round);
        assert!(
            text.contains("1,000 waiting and 10 running jobs, 200 resources") && text.contains("2.00 ms"),
            "{text}"
        );
        assert_eq!(text.lines().count(), 2 + 6, "{text}");
    }

    #[test]
    fn other_files_are_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "hello\n").unwrap();
        let problem = read(file.path()).unwrap_err().to_string();
        assert!(problem.contains("found `hello`"), "{problem}");
    }
}
