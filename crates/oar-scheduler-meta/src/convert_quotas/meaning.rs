//! Where a rule means something else than in OAR2.
//!
//! OAR2 checks every rule that fits a job, but those for which there is a more specific one. OAR3 and our engine check one rule: at
//! each field the job's own value goes before `/`, and `/` before `*`, and there is no way back
//! (`docs/scheduling-rules.md`, section 6). What is checked here is among what OAR2 checks; this module looks for rules that OAR2
//! checks besides.
//!
//! If there is a job for which OAR2 checks a rule that is not checked here, there is also one with nothing but the rule's own names and the one
//! name that leads away from it at some field: further names only make more rules specific. So it is enough to look at these jobs.

use std::collections::BTreeMap;

use super::{Remark, Rule};

type Level<'r, T> = BTreeMap<&'r str, T>;
/// queue → project → job type → users.
type Tree<'r> = Level<'r, Level<'r, Level<'r, Level<'r, &'r Rule>>>>;

/// A job as far as rules see it; `None`: a name that no rule has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Job<'r> {
    queue: Option<&'r str>,
    project: Option<&'r str>,
    /// In alphabetical order.
    types: Vec<&'r str>,
    user: Option<&'r str>,
}

impl Job<'_> {
    fn described(&self) -> String {
        let types = match self.types.as_slice() {
            [] => None,
            [job_type] => Some(format!("of type `{job_type}`")),
            types => Some(format!("of types `{}`", types.join("` and `"))),
        };
        let parts = [
            self.queue.map(|name| format!("in queue `{name}`")),
            self.project.map(|name| format!("of project `{name}`")),
            types,
            self.user.map(|name| format!("of user `{name}`")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() {
            return "jobs whose queue, project, types and user no rule names".to_owned();
        }
        format!("jobs {}", parts.join(" "))
    }
}

/// Remarks on rules that OAR2 checks for more jobs than we do.
pub(super) fn remarks(rules: &[Rule]) -> Vec<Remark> {
    let tree = tree(rules);
    let limiting = rules.iter().filter(|rule| rule.limits_something());
    limiting.filter_map(|rule| unchecked(&tree, rule)).collect()
}

fn tree(rules: &[Rule]) -> Tree<'_> {
    let mut tree = Tree::new();
    for rule in rules {
        let [queue, project, job_type, user] = rule.names();
        let users = tree.entry(queue).or_default().entry(project).or_default().entry(job_type).or_default();
        users.insert(user, rule);
    }
    tree
}

fn unchecked(tree: &Tree<'_>, rule: &Rule) -> Option<Remark> {
    let mut jobs = jobs_led_away(tree, rule).into_iter().filter(|job| oar2_checks(tree, rule, job));
    let job = jobs.next()?;
    let others = match jobs.count() {
        0 => String::new(),
        1 => " (and for one more kind of jobs)".to_owned(),
        count => format!(" (and for {count} more kinds of jobs)"),
    };
    let instead = match rule_here(tree, &job) {
        Some(other) => format!("only the most specific rule counts, `{}` of line {}", other.json_key(), other.line),
        None => "no rule limits them: the search for the most specific one does not turn back".to_owned(),
    };
    let text = format!("OAR2 checks `{}` also for {}{others}; here {instead}", rule.json_key(), job.described());
    Some(Remark { line: rule.line, text })
}

/// Jobs that fit the rule and are under another rule here, or under none: of each kind one.
fn jobs_led_away<'r>(tree: &Tree<'r>, rule: &'r Rule) -> Vec<Job<'r>> {
    let [queue, project, job_type, user] = rule.names();
    let own = |name: &'r str| Some(name).filter(|name| !is_wild(name));
    let plain =
        Job { queue: own(queue), project: own(project), types: own(job_type).into_iter().collect(), user: own(user) };
    let projects = tree.get(queue);
    let job_types = projects.and_then(|projects| projects.get(project));
    let users = job_types.and_then(|job_types| job_types.get(job_type));

    let mut jobs = vec![plain.clone()];
    let with = |change: &dyn Fn(&mut Job<'r>)| {
        let mut job = plain.clone();
        change(&mut job);
        job
    };
    jobs.extend(names_instead(Some(tree), queue).map(|name| with(&|job| job.queue = Some(name))));
    jobs.extend(names_instead(projects, project).map(|name| with(&|job| job.project = Some(name))));
    // A job has several types.
    let other_types =
        job_types.into_iter().flat_map(BTreeMap::keys).filter(|name| !is_wild(name) && **name != job_type);
    jobs.extend(other_types.map(|name| {
        with(&|job| {
            job.types.push(name);
            job.types.sort_unstable();
        })
    }));
    jobs.extend(names_instead(users, user).map(|name| with(&|job| job.user = Some(name))));
    jobs.retain(|job| rule_here(tree, job) != Some(rule));
    jobs
}

/// The names that are more specific than a `*` or `/`.
fn names_instead<'t, 'r: 't, T>(
    level: Option<&'t Level<'r, T>>,
    name: &str,
) -> impl Iterator<Item = &'r str> + use<'t, 'r, T> {
    let level = level.filter(|_| is_wild(name));
    level.into_iter().flat_map(BTreeMap::keys).copied().filter(|name| !is_wild(name))
}

fn is_wild(name: &str) -> bool {
    name == "*" || name == "/"
}

/// The rule that counts for a job here.
fn rule_here<'r>(tree: &Tree<'r>, job: &Job<'_>) -> Option<&'r Rule> {
    let projects = child(tree, job.queue)?;
    let job_types = child(projects, job.project)?;
    let own_type = job.types.iter().find_map(|name| job_types.get(name));
    let users = own_type.or_else(|| job_types.get("*"))?;
    child(users, job.user).copied()
}

fn child<'t, T>(level: &'t Level<'_, T>, name: Option<&str>) -> Option<&'t T> {
    name.and_then(|name| level.get(name)).or_else(|| level.get("/")).or_else(|| level.get("*"))
}

/// Whether OAR2 checks a rule for a job that fits it: not when, at a field where the rule names nothing, some rule that names the job's value fits.
fn oar2_checks<'n>(tree: &Tree<'_>, rule: &Rule, job: &Job<'n>) -> bool {
    let [queue, project, job_type, user] = rule.names();
    let users_fit = |users: &Level<'_, &Rule>| fitting(users, job.user).next().is_some();
    let types_fit = |job_types: &Level<'_, Level<'_, &Rule>>| {
        job.types.iter().copied().chain(["*"]).filter_map(|name| job_types.get(name)).any(users_fit)
    };
    let projects_fit = |projects: &Level<'_, _>| fitting(projects, job.project).any(types_fit);

    // The job's own name, where the rule does not name it.
    let own = |name: Option<&'n str>, rules: &str| name.filter(|_| is_wild(rules));
    if own(job.queue, queue).and_then(|name| tree.get(name)).is_some_and(projects_fit) {
        return false;
    }
    let Some(projects) = tree.get(queue) else { return false };
    if own(job.project, project).and_then(|name| projects.get(name)).is_some_and(types_fit) {
        return false;
    }
    let Some(job_types) = projects.get(project) else { return false };
    if job_type == "*" && job.types.iter().filter_map(|name| job_types.get(name)).any(users_fit) {
        return false;
    }
    let Some(users) = job_types.get(job_type) else { return false };
    own(job.user, user).is_none_or(|name| !users.contains_key(name))
}

fn fitting<'t, T>(level: &'t Level<'_, T>, name: Option<&str>) -> impl Iterator<Item = &'t T> {
    [name, Some("*"), Some("/")].into_iter().flatten().filter_map(|name| level.get(name))
}
