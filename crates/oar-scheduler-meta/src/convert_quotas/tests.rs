use std::collections::BTreeMap;

use oar_scheduler_core::{Job, ProcSet, Quotas, QuotasFile, QuotasSettings, Time};

use super::*;

fn read(perl: &str) -> (Value, Vec<String>) {
    let converted = convert(perl).unwrap_or_else(|error| panic!("{perl}: {error}"));
    let value: Value = serde_json::from_str(&converted.json).unwrap();
    engine(&value);
    (value, converted.remarks.iter().map(Remark::to_string).collect())
}

/// What the engine makes of the file; it must have no objections.
fn engine(file: &Value) -> Quotas {
    let (settings, zone) = (QuotasSettings::default(), jiff::tz::TimeZone::UTC);
    let file = QuotasFile(file.clone());
    let quotas = Quotas::new(&file, &settings, &ProcSet::default(), Time(0), Time(1 << 40), &zone).unwrap();
    assert_eq!(quotas.warnings(), [""; 0]);
    quotas
}

fn rules(perl: &str) -> Value {
    let (value, _) = read(perl);
    value["quotas"].clone()
}

#[test]
fn the_examples_of_the_file_that_debian_ships() {
    let perl = r"
#   - No more than 100 resources used by 'john' at a time:
$Gantt_quotas->{'*'}->{'*'}->{'*'}->{'*'} = [-1, -1, -1] ;
$Gantt_quotas->{'*'}->{'*'}->{'*'}->{'john'} = [100, 4, -1] ;
$Gantt_quotas->{'*'}->{'*'}->{'besteffort'}->{'*'} = [150, 35, -1] ;
$Gantt_quotas->{'*'}->{'proj1'}->{'*'}->{'*'} = [200, -1, -1] ;
$Gantt_quotas->{'*'}->{'proj12'}->{'*'}->{'john'} = [20, -1, -1] ;
$Gantt_quotas->{'*'}->{'proj1'}->{'*'}->{'/'} = [80, -1, -1] ;
$Gantt_quotas->{'*'}->{'/'}->{'*'}->{'/'} = [50, -1, -1] ;
$Gantt_quotas->{'*'}->{'*'}->{'*'}->{'/'} = [-1, -1, 200] ;
$Gantt_quotas->{'*'}->{'*'}->{'*'}->{'jane'} = 100 ;
#$Gantt_quotas->{'*'}->{'proj1'}->{'*'}->{'/'} = [25,100,2000] ;
";
    let expected = r#"{
  "quotas": {
    "*,*,*,*": [-1, -1, -1],
    "*,*,*,john": [100, 4, -1],
    "*,*,besteffort,*": [150, 35, -1],
    "*,proj1,*,*": [200, -1, -1],
    "*,proj12,*,john": [20, -1, -1],
    "*,proj1,*,/": [80, -1, -1],
    "*,/,*,/": [50, -1, -1],
    "*,*,*,/": [-1, -1, 200],
    "*,*,*,jane": [100, -1, -1]
  },
  "job_types": ["besteffort"]
}
"#;
    let converted = convert(perl).unwrap();
    assert_eq!((converted.json.as_str(), converted.has_no_rules()), (expected, false));
    engine(&serde_json::from_str(expected).unwrap());
}

#[test]
fn a_file_without_rules() {
    for perl in
        ["", "# only this\n", "\u{feff}\r\n;;\n1;\n", "1", "=pod\n\nfoo bar\n\n=cut\n", "__END__\n$x = (", "=begin"]
    {
        assert_eq!(convert(perl).unwrap().json, "{\n  \"quotas\": {},\n  \"job_types\": []\n}\n", "{perl:?}");
    }
}

#[test]
fn the_forms_of_a_statement() {
    for perl in [
        "$Gantt_quotas->{'q'}->{'p'}->{'t'}->{'u'} = [1, 2, 3];",
        "$Gantt_quotas->{q}{p}{t}{u}=[1,2,3]",
        "$Gantt_quotas -> { q } -> {\"p\"}\n{'t'} # a comment\n->{u}\n=[ 1 , 2 , 3 , ] ;",
        "# '\n=pod\n$foo\n=cut\n$Gantt_quotas->{q}{p}{t}{u} = ['1', \"2\", ' 3 '];\r\n1;\n__DATA__\n}",
    ] {
        assert_eq!(rules(perl), serde_json::json!({"q,p,t,u": [1, 2, 3]}), "{perl}");
    }
    let names = r#"$Gantt_quotas->{-x}{12}{'it\'s'}{"a\\b\$c"} = 1;"#;
    assert_eq!(rules(names), serde_json::json!({"-x,12,it's,a\\b$c": [1, -1, -1]}));
    let other_names = r"$Gantt_quotas->{'a\b'}{'été'}{1_000}{'$u'} = 1;";
    assert_eq!(rules(other_names), serde_json::json!({"a\\b,été,1000,$u": [1, -1, -1]}));
}

#[test]
fn values_are_calculated() {
    let value = |text: &str| rules(&format!("$Gantt_quotas->{{q}}{{p}}{{t}}{{u}} = {text};"))["q,p,t,u"].clone();
    for (text, expected) in [
        ("10", serde_json::json!([10, -1, -1])),
        ("24*30", serde_json::json!([720, -1, -1])),
        ("[2 * (3 + 4) - 1, 10 / 4, 10 / 4]", serde_json::json!([13, 2, 2.5])),
        ("[1_000, +5, .5]", serde_json::json!([1000, 5, 0.5])),
        ("[1e3, 2.5E+1, 1.25e-1]", serde_json::json!([1000, 25, 0.125])),
        ("[-5, - -3, -0.5]", serde_json::json!([-1, 3, -1])),
        ("[100, 10]", serde_json::json!([100, 10, -1])),
        ("[-1, -1, 1e20]", serde_json::json!([-1, -1, 1e20])),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn what_is_not_there_is_0_as_for_perl() {
    for (value, expected) in [
        ("[100]", [100, 0, -1]),
        ("[]", [0, 0, -1]),
        ("undef", [0, -1, -1]),
        ("[undef, 5]", [0, 5, -1]),
        ("[1, 2, undef]", [1, 2, 0]),
    ] {
        let (file, remarks) = read(&format!("\n$Gantt_quotas->{{'*'}}{{'*'}}{{'*'}}{{u}} = {value};"));
        assert_eq!(file["quotas"]["*,*,*,u"], serde_json::json!(expected), "{value}");
        assert!(remarks[0].starts_with("line 2: a value that is missing or `undef` is 0 for OAR2"), "{remarks:?}");
    }
}

#[test]
fn what_is_not_understood_is_told_with_its_line() {
    for (perl, expected) in [
        (
            "\n\nforeach my $u ('a', 'b') {}",
            "line 3: expected a statement such as `$Gantt_quotas->{'*'}->{'*'}->{'*'}->{'john'} = [100, 10, -1];`, found `foreach`",
        ),
        ("use strict;", "found `use`"),
        ("$Other->{a} = 1;", "found `$Other`"),
        ("$Gantt_quotas{a}{b}{c}{d} = 1;", "line 1: expected `->` behind the variable's name, found `{`"),
        ("$Gantt_quotas = {};", "expected `->` behind the variable's name, found `=`"),
        ("$Gantt_quotas->{a}->{b}->{c} = 1;", "expected a key in braces, such as `{'john'}`, found `=`"),
        (
            "$Gantt_quotas->{a}->{b}->{c}->{d}->{e} = 1;",
            "expected `=` behind the four keys: queue, project, type, user, found `->`",
        ),
        (
            "$Gantt_quotas->{a}->{b}->{*}->{d} = 1;",
            "expected a name, in quotes unless it consists of letters and digits, found `*`",
        ),
        ("$Gantt_quotas->{a}->{b-c}", "expected `}` behind the name, found `-`"),
        ("$Gantt_quotas->{$x}", "expected a name, in quotes unless it consists of letters and digits, found `$x`"),
        ("$Gantt_quotas->{\"$x\"}", "expected a text without variables, found `$`"),
        ("$Gantt_quotas->{\"\\n\"}", "expected a text without special characters, found `\\n`"),
        (
            "\n$Gantt_quotas->{'a}->{b}\n\n",
            "line 2: expected the closing ' of the text that begins here, found the end of the file",
        ),
        ("$Gantt_quotas->{010}{a}{b}{c} = 5;", "expected a decimal number, found `010`"),
        ("$Gantt_quotas->{a}{b}{c}{d} = 0x10;", "expected a decimal number, found `0x10`"),
        ("$Gantt_quotas->{a}{b}{c}{d} = 1e999;", "expected a decimal number, found `1e999`"),
        (
            "$Gantt_quotas->{a}{b}{c}{d} = 'many';",
            "expected a number, or limits such as `[100, 10, -1]`, found `'many'`",
        ),
        ("$Gantt_quotas->{a}{b}{c}{d} = 'inf';", "found `'inf'`"),
        ("$Gantt_quotas->{a}{b}{c}{d} = ALL;", "found `ALL`"),
        ("$Gantt_quotas->{a}{b}{c}{d} = 2**3;", "found `*`"),
        ("$Gantt_quotas->{a}{b}{c}{d} = 1/0;", "expected a calculation with a finite result, found `1`"),
        ("$Gantt_quotas->{a}{b}{c}{d} = [1, [2]];", "found `[`"),
        ("$Gantt_quotas->{a}{b}{c}{d} = [1 2];", "expected `,` or `]` behind the value, found `2`"),
        ("$Gantt_quotas->{a}{b}{c}{d} = (1;", "expected `)` behind the calculation, found `;`"),
        ("$Gantt_quotas->{a}{b}{c}{d} = 5 if 1;", "expected `;` at the end of the statement, found `if`"),
        (
            "$Gantt_quotas->{a}{b}{c}{d} = 5\n$Gantt_quotas->{a}",
            "line 2: expected `;` at the end of the statement, found `$Gantt_quotas`",
        ),
        ("$Gantt_quotas->{a}{b}{c}{d} =", "found the end of the file"),
        ("§", "found `§`"),
        ("$", "found `$`"),
    ] {
        let error = convert(perl).unwrap_err().to_string();
        assert!(error.contains(expected), "{perl}: {error}");
    }
    let nested = format!("$Gantt_quotas->{{a}}{{b}}{{c}}{{d}} = {}", "(".repeat(100_000));
    assert!(convert(&nested).unwrap_err().to_string().contains("found `(`"));
    let long = convert(&"x".repeat(100_000)).unwrap_err().to_string();
    assert!(long.len() < 200, "{long}");
}

#[test]
fn rules_that_cannot_be_written_are_left_out_and_told() {
    let perl = "$Gantt_quotas->{'a,b'}{'*'}{'*'}{'*'} = 1;\n\
                $Gantt_quotas->{'*'}{'*'}{'/'}{'*'} = 1;\n\
                $Gantt_quotas->{'*'}{'*'}{'container=w'}{'*'} = 1;\n\
                $Gantt_quotas->{'*'}{'*'}{deploy}{' john'} = 1;\n\
                $Gantt_quotas->{'*'}{''}{'*'}{'*'} = 1;\n\
                $Gantt_quotas->{'*'}{'*'}{'*'}{john} = [1, 2, 3, 4];\n";
    let (file, remarks) = read(perl);
    assert_eq!(file, serde_json::json!({"quotas": {"*,*,*,john": [1, 2, 3]}, "job_types": []}));
    let expected = [
        "line 1: left out: the JSON file has no way to write the name \"a,b\"",
        "line 2: left out: `/` is no type",
        "line 3: left out: quotas know a type by what stands before `=`",
        "line 4: left out: the JSON file has no way to write the name \" john\"",
        "line 5: left out: the JSON file has no way to write the name \"\"",
        "line 6: only the first three of the 4 values count",
        "line 6: resource hours are counted otherwise",
    ];
    assert_eq!(remarks.len(), expected.len(), "{remarks:?}");
    for (remark, expected) in remarks.iter().zip(expected) {
        assert!(remark.starts_with(expected), "{remark}");
    }
}

#[test]
fn the_last_of_equal_rules_counts() {
    let (file, remarks) = read("$Gantt_quotas->{a}{b}{c}{d} = 1;\n\n$Gantt_quotas->{'a'}{b}{c}{d} = 2;");
    assert_eq!(file, serde_json::json!({"quotas": {"a,b,c,d": [2, -1, -1]}, "job_types": ["c"]}));
    assert_eq!(remarks, ["line 3: takes the place of line 1, which sets the same rule"]);
}

#[test]
fn a_rule_that_oar2_would_check_besides_is_told() {
    let remarks = |perl: &str| read(perl).1;
    // The whole machine, and each user.
    let together = "$Gantt_quotas->{'*'}{'*'}{'*'}{'*'} = 100;\n$Gantt_quotas->{'*'}{'*'}{'*'}{'/'} = 10;";
    assert_eq!(
        remarks(together),
        [
            "line 1: OAR2 checks `*,*,*,*` also for jobs whose queue, project, types and user no rule names; here only the most \
          specific rule counts, `*,*,*,/` of line 2"
        ]
    );
    // A name that leads to a branch without a rule for the job.
    let branch = "$Gantt_quotas->{'*'}{'*'}{'*'}{'*'} = 10;\n$Gantt_quotas->{'default'}{'*'}{'*'}{bob} = 30;";
    assert_eq!(
        remarks(branch),
        [
            "line 1: OAR2 checks `*,*,*,*` also for jobs in queue `default`; here no rule limits them: the search for the most \
          specific one does not turn back"
        ]
    );
    // Two types of one job.
    let types = "$Gantt_quotas->{'*'}{'*'}{deploy}{'*'} = 10;\n$Gantt_quotas->{'*'}{'*'}{besteffort}{'*'} = 30;";
    assert_eq!(
        remarks(types),
        [
            "line 1: OAR2 checks `*,*,deploy,*` also for jobs of types `besteffort` and `deploy`; here only the most specific rule \
          counts, `*,*,besteffort,*` of line 2"
        ]
    );
    // Several kinds.
    let projects = "$Gantt_quotas->{'*'}{'*'}{'*'}{'ann'} = 10;\n$Gantt_quotas->{'*'}{p}{'*'}{bob} = 30;\n\
                    $Gantt_quotas->{'*'}{q}{'*'}{bob} = 30;";
    assert_eq!(
        remarks(projects),
        [
            "line 1: OAR2 checks `*,*,*,ann` also for jobs of project `p` of user `ann` (and for one more kind of jobs); here no \
          rule limits them: the search for the most specific one does not turn back"
        ]
    );
    // More specific for both.
    let same = "$Gantt_quotas->{'*'}{'*'}{'*'}{'/'} = 10;\n$Gantt_quotas->{'*'}{'*'}{'*'}{john} = 30;\n\
                $Gantt_quotas->{'*'}{'*'}{besteffort}{'/'} = 5;\n$Gantt_quotas->{'admin'}{'*'}{'*'}{'*'} = -1;";
    assert_eq!(remarks(same), [""; 0]);
    // What limits nothing is not missed.
    let unlimited = "$Gantt_quotas->{'*'}{'*'}{'*'}{'*'} = -1;\n$Gantt_quotas->{'*'}{'*'}{'*'}{'/'} = 10;";
    assert_eq!(remarks(unlimited), [""; 0]);
}

/// All jobs that can be made of few names, one of which no rule has, against what the remarks say and what the engine takes.
#[test]
fn remarks_are_complete_and_the_engine_takes_the_rules_that_they_name() {
    let names = |of: char| [format!("{of}1"), format!("{of}2"), format!("{of}3")];
    let jobs: Vec<[Vec<String>; 4]> = {
        let types = [vec![], vec![0], vec![1], vec![2], vec![0, 1], vec![1, 2], vec![0, 1, 2]];
        let mut jobs = Vec::new();
        for (queue, project, user) in (0..27).map(|number| (number / 9, number / 3 % 3, number % 3)) {
            for types in &types {
                jobs.push([
                    vec![names('q')[queue].clone()],
                    vec![names('p')[project].clone()],
                    types.iter().map(|index: &usize| names('t')[*index].clone()).collect(),
                    vec![names('u')[user].clone()],
                ]);
            }
        }
        jobs
    };
    let mut seen = [0, 0];
    for seed in 0..300 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut written = BTreeMap::new();
        for _ in 0..random.usize(1..7) {
            // The third name stays unused by rules.
            let mut field = |of: char, wild: usize| match random.usize(0..2 + wild) {
                0 => format!("{of}1"),
                1 => format!("{of}2"),
                2 => "*".to_owned(),
                _ => "/".to_owned(),
            };
            written.insert([field('q', 2), field('p', 2), field('t', 1), field('u', 2)], random.usize(0..9));
        }
        let perl = |([queue, project, job_type, user], limit): (&[String; 4], &usize)| {
            format!("$Gantt_quotas->{{'{queue}'}}{{'{project}'}}{{'{job_type}'}}{{'{user}'}} = {limit};\n")
        };
        let perl: String = written.iter().map(perl).collect();
        let (file, remarks) = read(&perl);
        let quotas = engine(&file);

        for (line, key) in (1..).zip(written.keys()) {
            let missed = jobs.iter().any(|job| {
                let here = taken_by_engine(&quotas, job);
                assert!(here.as_ref().is_none_or(|key| checked_by_oar2(&written, key, job)), "{perl}{job:?}");
                here.as_ref() != Some(key) && checked_by_oar2(&written, key, job)
            });
            let told = remarks.iter().any(|remark| remark.starts_with(&format!("line {line}: OAR2 checks")));
            assert_eq!(missed, told, "seed {seed}, line {line}:\n{perl}{remarks:#?}");
            seen[usize::from(missed)] += 1;
        }
    }
    assert!(seen.iter().all(|times| *times > 100), "{seen:?}");
}

fn taken_by_engine(quotas: &Quotas, [queue, project, types, user]: &[Vec<String>; 4]) -> Option<[String; 4]> {
    let job = Job {
        queue: queue[0].clone(),
        project: project[0].clone(),
        user: user[0].clone(),
        types: types.iter().map(|name| (name.clone(), String::new())).collect(),
        ..Job::default()
    };
    let (_, rule) = quotas.rules_of(&job).next()?;
    let fields: Vec<String> = String::from(rule).split(',').map(str::to_owned).collect();
    fields.try_into().ok()
}

#[test]
fn no_text_makes_it_fall() {
    let perl =
        "# 'c'\n$Gantt_quotas->{'*'}->{\"p\\$\"}{t}{'/'} = [1_0 * (2 - .5e1) / 3, undef, -1,] ;\n=pod\nx\n=cut\n1;\n";
    let pieces = [
        "'", "\"", "\\", "$", "{", "}", "[", "(", "->", "=", "\n=x", "-", "0", "1e", "é", ";", "#", "__END__", "\n",
        ",",
    ];
    let mut understood = 0;
    for seed in 0..20_000 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut characters: Vec<String> = perl.chars().map(String::from).collect();
        for _ in 0..random.usize(1..4) {
            let place = random.usize(0..characters.len());
            match random.bool() {
                true => characters[place] = String::new(),
                false => characters[place] += pieces[random.usize(0..pieces.len())],
            }
        }
        let text = characters.concat();
        match convert(&text) {
            Ok(converted) => {
                engine(&serde_json::from_str(&converted.json).unwrap());
                understood += 1;
            }
            Err(error) => assert!(error.line >= 1 && error.line <= text.lines().count() + 1, "{text:?}: {error}"),
        }
    }
    assert!(understood > 1000, "{understood}");
}

/// From the description of the rules in OAR2's quotas file (OAR 2.5.9 itself agreed on 30,000 random cases): the rules that fit, but for those with `*` or `/` where another one that fits has the job's own name,
/// the fields before being equal.
fn checked_by_oar2(written: &BTreeMap<[String; 4], usize>, key: &[String; 4], job: &[Vec<String>; 4]) -> bool {
    let wild = |field: &String| field == "*" || field == "/";
    let fits = |key: &[String; 4]| key.iter().zip(job).all(|(field, names)| wild(field) || names.contains(field));
    let more_specific = |other: &&[String; 4]| {
        let differs = key.iter().zip(*other).position(|(field, other)| field != other);
        differs.is_some_and(|at| wild(&key[at]) && !wild(&other[at]))
    };
    fits(key) && !written.keys().filter(|other| fits(other)).any(|other| more_specific(&other))
}
