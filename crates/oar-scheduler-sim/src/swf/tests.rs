//! Logs with faults of every kind.

use std::io::Write;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

/// A log from text, with the messages of its faults; the file is `FILE`.
pub(crate) fn read_text(text: impl AsRef<[u8]>) -> (Log, Vec<String>) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let lines = Lines::open_as(file.path(), CONTENT).unwrap();
    let place = lines.place(None);
    let (log, faults) = Log::of(lines);
    let name = place.to_string();
    (log, faults.messages(&place).map(|message| message.replace(&name, "FILE")).collect())
}

const GOOD: &str = "1 10 2 100 4 95.5 -1 4 120 -1 1 3 2 -1 1 -1 -1 -1";

/// The good line with other fields, counted from 1.
fn with(changes: &[(usize, &str)]) -> String {
    let mut fields: Vec<&str> = GOOD.split(' ').collect();
    for (field, text) in changes {
        fields[field - 1] = text;
    }
    fields.join(" ")
}

/// Reads a bad line between two good ones, which are read all the same; returns what is told of it.
#[track_caller]
fn fault_of(bad: impl AsRef<[u8]>) -> String {
    let (first, last) = (with(&[]), with(&[(1, "2")]));
    let text = [first.as_bytes(), b"\n", bad.as_ref(), b"\n", last.as_bytes(), b"\n"].concat();
    let (log, faults) = read_text(text);
    let numbers: Vec<i64> = log.records.iter().map(|record| record.number).collect();
    assert_eq!((numbers, log.unusable), (vec![1, 2], 1), "{faults:?}");
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults[0].strip_prefix("FILE:2: ").expect("the place of the bad line").to_owned()
}

fn gzipped(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_line_is_a_job() {
    let (log, faults) = read_text(GOOD);
    let expected = Record {
        number: 1,
        submit: Seconds(10),
        run: Seconds(100),
        allocated: 4,
        requested: 4,
        walltime: Seconds(120),
        user: 3,
        group: 2,
        queue: 1,
    };
    assert_eq!((log.records, faults), (vec![expected], vec![]));
}

#[test]
fn blanks_line_ends_and_decimals_do_not_matter() {
    let expected = read_text(GOOD).0.records;
    let variants = [
        format!("  {}\r\n", GOOD.replace(' ', "\t  ")),
        format!("\u{feff}{GOOD}\r\n\r\n"),
        format!("{GOOD} ; a remark"),
        with(&[(1, "1.0"), (2, "10.9"), (4, "100.00"), (9, "120.5"), (15, "+1")]),
    ];
    for text in variants {
        let (log, faults) = read_text(&text);
        assert_eq!((log.records, faults), (expected.clone(), vec![]), "{text:?}");
    }
}

#[test]
fn unknown_is_minus_one_everywhere() {
    let (log, faults) = read_text("1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1.0");
    assert_eq!((log.records.len(), faults), (1, vec![]));
    assert_eq!((log.records[0].submit, log.records[0].queue), (Seconds(-1), -1));
}

#[test]
fn a_line_has_eighteen_fields() {
    assert_eq!(fault_of("5"), "expected 18 fields, found 1");
    assert_eq!(fault_of(GOOD.rsplit_once(' ').unwrap().0), "expected 18 fields, found 17");
    assert_eq!(fault_of(format!("{GOOD} 7")), "expected 18 fields, found 19");
}

#[test]
fn a_field_is_a_number() {
    for (field, text, expected) in [
        (4, "abc", "expected a number as run time (field 4), found `abc`"),
        (1, "0x10", "expected a number as job number (field 1), found `0x10`"),
        (18, "1,5", "expected a number as think time (field 18), found `1,5`"),
        (6, "nan", "expected a number below 2^53 as average CPU time (field 6), found `nan`"),
        (9, "-inf", "expected a number below 2^53 as requested time (field 9), found `-inf`"),
        (2, "1e999", "expected a number below 2^53 as submission (field 2), found `1e999`"),
        (2, "9007199254740993", "expected a number below 2^53 as submission (field 2), found `9007199254740993`"),
        (8, "-1e17", "expected a number below 2^53 as requested processors (field 8), found `-1e17`"),
        (5, "1.5", "expected a whole number as allocated processors (field 5), found `1.5`"),
    ] {
        assert_eq!(fault_of(with(&[(1, "9"), (field, text)])), expected);
    }
}

#[test]
fn what_a_message_repeats_is_short_and_printable() {
    let fault = fault_of(with(&[(4, &format!("\u{1b}[31m{}", "x".repeat(1000)))]));
    assert!(fault.len() < 200 && !fault.contains('\u{1b}') && fault.ends_with("…`"), "{fault}");
    let mut line = with(&[(4, "?")]).into_bytes();
    line.iter_mut().filter(|byte| **byte == b'?').for_each(|byte| *byte = 0xff);
    assert_eq!(fault_of(line), "expected a number as run time (field 4), found `\u{fffd}`");
}

#[test]
fn a_line_of_more_than_a_mebibyte_is_not_read() {
    assert_eq!(fault_of("1 ".repeat(1 << 20)), "expected a line of at most 1048576 bytes, found a longer one");
}

#[test]
fn a_job_number_counts_once() {
    let again = with(&[(4, "7")]);
    assert_eq!(fault_of(again), "expected a job number of its own, found 1 again: the first one counts");
}

#[test]
fn a_negative_time_is_taken_as_unknown() {
    for (field, name) in [(2, "submission"), (3, "wait time"), (4, "run time"), (9, "requested time")] {
        for text in ["-5", "-0.5", "-2.0"] {
            let (log, faults) = read_text(with(&[(field, text)]));
            let expected = format!("expected 0 or more seconds, or -1 for unknown, as {name} (field {field})");
            assert_eq!(faults, [format!("FILE:1: {expected}, found `{text}`: it is taken as unknown")]);
            let record = &log.records[0];
            let unknown = [record.submit, record.run, record.walltime].iter().filter(|time| time.0 == -1).count();
            assert_eq!((unknown, log.unusable), (usize::from(field != 3), 0), "{field} {text}");
        }
    }
}

#[test]
fn a_job_submitted_before_the_one_above_is_told_and_used() {
    let text = [with(&[]), with(&[(1, "2"), (2, "5")]), with(&[(1, "3"), (2, "-1")]), with(&[(1, "4"), (2, "6")])];
    let (log, faults) = read_text(text.join("\n"));
    assert_eq!(faults, ["FILE:2: expected a submission at 10 or later, found 5: it is sorted in"]);
    assert_eq!((log.records.len(), log.unusable), (4, 0));
}

#[test]
fn comments_tell_of_the_machine() {
    let (log, faults) = read_text(format!(
        "; Version: 2.2\r\n;   Computer: Bull: a mix\n;INSTALLATION:Gaia\n; Unix Start Time : 1400749079 \n\
         ;; timezonestring: Europe/Luxembourg\n; MaxNodes: 430 (416 batch)\n; max_procs: 2004\n; MaxProcs: 7\n\
         ; Queues: two of them\n; Queue: 1 - default\n; Queue:\n; no key\n;\n{GOOD}\n; Note: end\n"
    ));
    let expected = Header {
        computer: Some("Bull: a mix".to_owned()),
        installation: Some("Gaia".to_owned()),
        unix_start_time: Some(oar_scheduler_core::Time(1_400_749_079)),
        time_zone: Some("Europe/Luxembourg".to_owned()),
        max_procs: Some(2004),
        max_nodes: Some(430),
        queues: vec!["two of them".to_owned(), "1 - default".to_owned()],
    };
    assert_eq!((log.header, faults, log.records.len()), (expected, vec![], 1));
}

#[test]
fn a_header_that_is_no_number_is_told() {
    let (log, faults) = read_text(format!("; MaxProcs: many\n; UnixStartTime: -1\n; MaxNodes: inf\n{GOOD}"));
    assert_eq!(
        faults,
        [
            "FILE:1: expected a number as maxprocs, found `many`",
            "FILE:3: expected a number below 2^53 as maxnodes, found `inf`"
        ]
    );
    assert_eq!((log.header, log.records.len()), (Header::default(), 1));
}

#[test]
fn a_gzip_file_that_is_cut_or_damaged_gives_the_jobs_before() {
    // Numbers without a pattern, so that the packed file is long.
    let line = |number: usize| {
        with(&[
            (1, &number.to_string()),
            (2, &(number + 10).to_string()),
            (12, &(number * number * 7919 % 10_007).to_string()),
        ])
    };
    let text: String = (1..=5000).map(|number| line(number) + "\n").collect();
    let packed = gzipped(text.as_bytes());
    assert_eq!(read_text(&packed).0.records.len(), 5000);
    let mut damaged = packed.clone();
    let middle = packed.len() / 2;
    damaged[middle..middle + 50].fill(0xff);
    for bad in [&packed[..middle], &damaged] {
        let (log, faults) = read_text(bad);
        assert!((100..5000).contains(&log.records.len()), "{}", log.records.len());
        let last = faults.last().unwrap();
        assert!(last.contains(": the gzip data is damaged or cut off: "), "{last}");
        assert_eq!(log.records[99].number, 100);
    }
    let (log, faults) = read_text(&packed[..packed.len() - 3]);
    assert_eq!((log.records.len(), faults.len()), (5000, 1));
}

#[test]
fn twenty_faults_are_told_and_the_others_counted() {
    for (bad, expected) in [
        (20, None),
        (21, Some("1 more fault; the last: FILE:22")),
        (1000, Some("980 more faults; the last: FILE:1001")),
    ] {
        let (_, faults) = read_text(format!("{GOOD}\n{}", "x\n".repeat(bad)));
        assert_eq!(faults[19], "FILE:21: expected 18 fields, found 1");
        let rest = expected.map(|rest| format!("FILE: {rest}: expected 18 fields, found 1"));
        assert_eq!((faults.get(20), faults.get(21)), (rest.as_ref(), None));
    }
}

#[test]
fn only_a_strict_reading_refuses_faults() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.swf");
    let read = |text: &str, strict| {
        std::fs::write(&file, text).unwrap();
        let log = Log::read(&file, strict, &mut Output::new("oar-sim"));
        log.map(|log| (log.name, log.records.len())).map_err(|problem| problem.to_string())
    };
    for strict in [false, true] {
        assert_eq!(read(GOOD, strict), Ok(("a.swf".to_owned(), 1)));
    }
    let faulty = format!("{GOOD}\nx\n{GOOD}");
    assert_eq!(read(&faulty, false), Ok(("a.swf".to_owned(), 1)));
    let refused = format!("{}: expected a log without faults, found 2", file.display());
    assert_eq!(read(&faulty, true), Err(refused));
}

#[test]
fn a_log_without_a_job_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.swf");
    for text in [&b""[..], b"\n \r\n", b"; MaxProcs: 5\n", b"no log\n", b"\x89PNG\r\n\x1a\n\0\0", &gzipped(b"")] {
        for strict in [false, true] {
            std::fs::write(&file, text).unwrap();
            let problem = Log::read(&file, strict, &mut Output::new("oar-sim")).unwrap_err().to_string();
            assert!(problem.ends_with("a.swf: expected jobs, one a line of 18 numbers, found none"), "{problem}");
        }
    }
    let missing =
        Log::read(&folder.path().join("missing"), false, &mut Output::new("oar-sim")).unwrap_err().to_string();
    assert!(missing.contains("missing: cannot read it: No such file"), "{missing}");
}

#[test]
fn random_damage_costs_the_lines_that_it_hits_and_no_others() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    for _ in 0..300 {
        let text: String = (1..=30).map(|number| with(&[(1, &number.to_string())]) + "\n").collect();
        let mut bytes = text.into_bytes();
        let hits = random.random_range(1..6);
        for _ in 0..hits {
            let at = random.random_range(0..bytes.len());
            bytes[at] = random.random();
        }
        let (log, faults) = read_text(&bytes);
        // A damaged line end costs two lines; a new number may be that of another line.
        assert!(log.records.len() >= 30 - 2 * hits, "{faults:?}");
        assert!(log.records.len() == 30 || !faults.is_empty() || bytes.contains(&b';'));
        assert!(log.unusable <= faults.len() as u64, "{faults:?}");
    }
}
