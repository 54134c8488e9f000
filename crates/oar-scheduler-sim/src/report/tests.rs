//! Reports as a whole.

use std::path::Path;

use oar_scheduler_core::{ProcSet, Time};
use roxmltree::{Document, ParsingOptions};

use super::artificial::{Example, MONDAY};
use super::*;
use crate::simulation::Left;

mod browser;

const NASTY: &str = "<script>&\"']]>\u{1}é";

/// Everything that a report is shown as; each must be well-formed, without figures that are none.
fn shown(example: &Example) -> (String, String, String) {
    let report = example.report();
    let mut table = Vec::new();
    report.csv(&mut table).unwrap();
    let (table, gantt, html) = (String::from_utf8(table).unwrap(), report.gantt(), report.html());
    let other = Example { title: "other".to_owned(), ..example.clone() };
    let compared = [example, &other].map(|of| Compared { name: &of.title, workload: &of.workload, trace: &of.trace });
    let picture = gains_picture(&gains(&compared));
    for document in [&gantt, &html, &picture] {
        is_well_formed(document);
    }
    for text in [&table, &gantt, &html, &picture] {
        let bad = text.split(|char: char| !char.is_ascii_alphanumeric()).find(|word| ["NaN", "inf"].contains(word));
        assert_eq!(bad, None);
    }
    for text in [&gantt, &html, &picture] {
        let text = text.replace("http://www.w3.org/2000/svg", "").replace("url(#", "").replace("href=\"data:,\"", "");
        let asks = ["://", "url(", "href=", "src=", "@import"].into_iter().find(|ask| text.contains(ask));
        assert_eq!(asks, None);
    }
    (table, gantt, html)
}

fn is_well_formed(document: &str) {
    Document::parse_with_options(document, ParsingOptions { allow_dtd: true, ..ParsingOptions::default() }).unwrap();
}

#[test]
fn the_table_has_a_line_a_job_in_the_order_of_submission() {
    let (table, _, _) = shown(&Example::by_hand());
    assert_eq!(
        table,
        "job,user,project,queue,submission,start,end,wait,run,walltime,processors,resources,resource_set,bounded_slowdown,kills,status\n\
         1,ada,unknown,default,0,0,100,0,100,200,2,2,1-2,1.0000,0,ended\n\
         2,bob,unknown,besteffort,10,250,400,240,150,300,2,2,1-2,2.6000,1,ended\n\
         3,eve,unknown,default,120,150,250,30,100,200,4,4,1-4,1.3000,0,ended\n\
         4,ada,unknown,default,200,,,,,20,9,,,,0,never started\n"
    );
}

#[test]
fn the_page_tells_what_an_administrator_asks() {
    let (_, _, html) = shown(&Example::by_hand());
    for text in [
        "<th scope=\"row\">Jobs that never started</th><td>1</td>",
        "<th scope=\"row\">From the first submission to the last end</th><td>0:06:40</td>",
        "<th scope=\"row\">Utilisation of the machine, without lost work</th><td>56.2 %</td>",
        "mean 0:01:30, median 0:00:30, 95 % of the jobs at most 0:03:39",
        // Waiting time of the class: 0, 30 and 240 s.
        "<th scope=\"row\">2-4</th><td>3</td>",
        "<th scope=\"row\">Thu 1970-01-01</th>",
        "job 2 of bob, queue besteffort, killed",
    ] {
        assert!(html.contains(text), "{text}");
    }
    assert!(!html.contains("left out"));
}

#[test]
fn the_chart_has_a_bar_an_execution_with_its_times() {
    let (_, gantt, _) = shown(&Example::by_hand());
    let gantt = Document::parse(&gantt).unwrap();
    let bars: Vec<_> = gantt.descendants().filter(|node| node.attribute("data-job").is_some()).collect();
    let jobs: Vec<_> = bars.iter().filter_map(|bar| bar.attribute("data-job")).collect();
    assert_eq!(jobs, ["1", "2", "3", "2"]);
    assert_eq!(
        bars[2].children().find_map(|node| node.text()),
        Some(
            "job 3 of eve, queue default\nsubmitted 1970-01-01 01:02:00\nstart 1970-01-01 01:02:30\n\
             end 1970-01-01 01:04:10 (0:01:40)\nresources 1-4 (4)"
        )
    );
    // By work: eve 400, bob 300, ada 290 processor-seconds.
    let fills: Vec<_> = bars.iter().filter_map(|bar| bar.attribute("fill")).collect();
    assert_eq!(fills, ["#2f9e68", "url(#held-killed-1)", "#3577c4", "url(#held-besteffort-1)"]);
}

#[test]
fn the_gains_have_a_mark_for_each_simulation_and_the_difference_in_words() {
    let example = Example::by_hand();
    let mut later = example.trace.clone();
    later.executions.iter_mut().for_each(|execution| execution.start.0 += 10);
    let of = |name, trace| Compared { name, workload: &example.workload, trace };
    let svg = gains_picture(&gains(&[of("before", &example.trace), of("<after>", &later)]));
    let svg = Document::parse(&svg).unwrap();
    let titles: Vec<_> = svg
        .descendants()
        .filter(|node| node.has_tag_name("g"))
        .filter_map(|row| row.children().next()?.text())
        .collect();
    assert_eq!(
        titles,
        [
            "eve: 1 job, mean waiting time\nbefore: 0:00:30 (0:00:00)\n<after>: 0:00:40 (+0:00:10)",
            "bob: 1 job, mean waiting time\nbefore: 0:04:00 (0:00:00)\n<after>: 0:04:10 (+0:00:10)",
            "ada: 1 job, mean waiting time\nbefore: 0:00:00 (0:00:00)\n<after>: 0:00:10 (+0:00:10)",
            "2-4: 3 jobs, mean waiting time\nbefore: 0:01:30 (0:00:00)\n<after>: 0:01:40 (+0:00:10)",
        ]
    );
    // A ring in the legend and in each row.
    assert_eq!(svg.descendants().filter(|node| node.has_tag_name("circle")).count(), 5);
}

#[test]
fn nothing_and_next_to_nothing_can_be_shown() {
    let mut examples = vec![Example::empty(1, 1, 1), Example::empty(2004, 12, 24)];
    let mut one = Example::empty(1, 1, 1);
    one.submit("ada", 0, MONDAY, 0, 1);
    one.hold(0, (MONDAY, MONDAY, MONDAY), "1", false);
    examples.push(one.clone());
    one.trace.executions.clear();
    one.trace.left.push(Left { job: 0, queued: Time(MONDAY) });
    examples.push(one);
    let mut at_once = Example::empty(8, 2, 2);
    for job in 0..8 {
        at_once.submit("ada", 1, MONDAY, 60, 1);
        at_once.hold(job, (MONDAY, MONDAY, MONDAY + 60), &(job + 1).to_string(), job % 2 == 0);
    }
    examples.push(at_once);
    for example in &mut examples {
        example.sum_up();
        let (_, gantt, html) = shown(example);
        assert!(gantt.starts_with("<svg ") && html.contains("<h1>A simulation</h1>"));
    }
}

#[test]
fn texts_of_users_cannot_break_out() {
    let mut example = Example::by_hand();
    example.title = NASTY.to_owned();
    example.workload.name = NASTY.to_owned();
    example.settings = vec![(NASTY.to_owned(), NASTY.to_owned())];
    example.workload.jobs.iter_mut().for_each(|job| job.user = NASTY.to_owned());
    let (_, gantt, html) = shown(&example);
    for text in [gantt, html] {
        assert!(!text.contains("<script") && text.contains("&lt;script&gt;&amp;&quot;"));
    }
}

#[test]
fn extreme_times_can_be_shown() {
    for (submit, start, end) in [
        (i64::MIN, 0, i64::MAX),
        (i64::MAX - 1, i64::MAX - 1, i64::MAX),
        (i64::MIN, i64::MIN, i64::MIN + 1),
        (0, i64::MAX, i64::MIN),
        (-1_000_000_000_000, 0, 1_000_000_000_000),
    ] {
        let mut example = Example::empty(4, 2, 1);
        example.submit("ada", 7, submit, i64::MAX, u32::MAX);
        example.submit("bob", 1, submit, i64::MIN, 0);
        example.hold(0, (submit, start, end), "1-4", false);
        example.hold(1, (submit, start, end), "2", true);
        example.hold(99, (submit, start, end), "2", true);
        example.trace.left.push(Left { job: 1, queued: Time(submit) });
        example.sum_up();
        shown(&example);
    }
}

#[test]
fn a_machine_of_a_million_resources_is_drawn_in_a_small_file() {
    let mut example = Example::empty(1_000_000, 1000, 100);
    for job in 0..200 {
        let (begin, first) = (MONDAY + 600 * job, 5000 * (job % 200));
        example.submit("ada", 0, begin, 3600, 5000);
        let resources = format!("{}-{}", first + 1, first + 5000);
        example.hold(usize::try_from(job).unwrap(), (begin, begin, begin + 3600), &resources, false);
    }
    example.sum_up();
    let (_, gantt, html) = shown(&example);
    assert!(gantt.len() < 200_000 && html.len() < 600_000, "{} {}", gantt.len(), html.len());
}

#[test]
fn a_quarter_of_a_year_of_sixty_thousand_jobs_makes_a_page_that_opens_at_once() {
    let example = Example::of_jobs(60_000, 2004, 90);
    let (table, gantt, html) = shown(&example);
    assert_eq!(table.lines().count(), 60_001);
    assert!(gantt.len() < 5_000_000 && html.len() < 6_000_000, "{} {}", gantt.len(), html.len());
    assert_eq!((gantt, html), (example.report().gantt(), example.report().html()));
}

#[test]
fn the_noisiest_trace_is_drawn_coarsely_rather_than_large() {
    let mut example = Example::empty(2000, 10, 10);
    let mut random = fastrand::Rng::with_seed(3);
    for job in 0..40_000 {
        let begin = MONDAY + random.i64(0..1_000_000);
        let user = random.u32(0..12).to_string();
        example.submit(&user, random.i64(0..2), begin, 3000, 12);
        example.hold(job, (begin, begin, begin + 3000), "1", false);
        let scattered = (0..12).map(|_| random.u32(1..=2000));
        example.trace.executions.last_mut().unwrap().resources =
            ProcSet::from_ranges(scattered.map(|resource| resource..=resource));
    }
    example.sum_up();
    let gantt = example.report().gantt();
    is_well_formed(&gantt);
    assert!(gantt.len() < 5_000_000, "{}", gantt.len());
}

#[test]
#[ignore = "writes pictures to look at; set REPORT_PICTURES to a folder"]
fn pictures_to_look_at() {
    let folder = std::env::var("REPORT_PICTURES").unwrap();
    let write = |name: &str, text: &str| std::fs::write(Path::new(&folder).join(name), text).unwrap();
    for (name, example) in [
        ("hand", Example::by_hand()),
        ("small", Example::of_jobs(60, 48, 2)),
        ("middle", Example::of_jobs(1500, 288, 14)),
        ("large", Example::of_jobs(60_000, 2004, 90)),
        ("empty", Example::empty(4, 2, 1)),
    ] {
        let (_, gantt, html) = shown(&example);
        println!("{name}: {} bytes, page {} bytes", gantt.len(), html.len());
        write(&format!("{name}.svg"), &gantt);
        write(&format!("{name}.html"), &html);
    }
    let first = Example::of_jobs(3000, 288, 14);
    let mut second = first.clone();
    for execution in &mut second.trace.executions {
        let shift = (execution.job as i64 * 7919 % 4000) - 2000;
        execution.start.0 = (execution.start.0 + shift).max(execution.queued.0);
    }
    let mut third = first.clone();
    third.trace.executions.iter_mut().for_each(|execution| execution.start = execution.queued);
    let of = |name, example: &'static Example| Compared { name, workload: &example.workload, trace: &example.trace };
    let [first, second, third] = [first, second, third].map(|example| &*Box::leak(Box::new(example)));
    let all = [of("first come, first served", first), of("multifactor", second), of("no waiting at all", third)];
    write("gains.svg", &gains_picture(&gains(&all)));
    write("gains2.svg", &gains_picture(&gains(&all[..2])));
}
