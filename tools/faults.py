#!/usr/bin/env python3
"""Do the tests notice when the engine decides wrongly?

Makes deliberate faults in a copy of the workspace, one at a time, each a mistake that a programmer might make, and runs the random tests of the engine on
each. Every fault must be caught. See docs/faults.md.
"""

import argparse
import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "oar-scheduler-core"
SOURCE = "crates/oar-scheduler-core/src/"
# The file of each test, the tests in it (those whose names begin so), how many rounds to give each, and how a failure names the first one that is wrong.
TESTS = {
    "agreement": ("agreement", "engine_and_reference_agree_on_random_rounds", 20_000, r"^seed (\d+):"),
    "reasons": ("reasons", "every_named_cause_holds_the_job_back_and_no_other_does", 5_000, r"^seed (\d+):"),
    "starting_now": ("starting_now", "the_same_jobs_start_now", 20_000, r"^seed (\d+):"),
    "large_rounds": ("large_rounds", "they_agree", 15, r"^seed (\d+):"),
    "regressions": ("agreement", "rounds_on_which_they_once_differed_stay_right", 0, r"failed: line (\d+)$"),
}
# Seconds after which a test is given up.
PATIENCE = 1800


@dataclass(frozen=True)
class Fault:
    """`old` occurs once in `file`; with `new` in its place the engine compiles and decides wrongly, in the way that `wrong` says."""

    name: str
    file: str
    wrong: str
    old: str
    new: str
    test: str = "agreement"


FAULTS = [
    # Time.
    Fault(
        "end-inclusive",
        "units.rs",
        "A job holds its resources one second longer than its walltime.",
        "Self(self.0.saturating_add(walltime.0.saturating_sub(1)))",
        "Self(self.0.saturating_add(walltime.0))",
    ),
    Fault(
        "hold-cut-early",
        "timeline.rs",
        "The last second of a hold is free for others.",
        "self.cut(end.next())",
        "self.cut(end)",
    ),
    Fault(
        "window-last-second",
        "timeline/fit.rs",
        "A hold that begins in the last second of a job's window is not seen.",
        "is_some_and(|slot| slot.begin <= end)",
        "is_some_and(|slot| slot.begin < end)",
    ),
    Fault(
        "timeline-last-second",
        "timeline/fit.rs",
        "No job may use the last second of the timeline.",
        "if end > horizon {",
        "if end >= horizon {",
    ),
    Fault(
        "available-upto",
        "gantt.rs",
        "Resources stay one second beyond their `available_upto`.",
        "leaving.entry(entry.until.max(now)).or_default()",
        "leaving.entry(entry.until.next().max(now)).or_default()",
    ),
    # Who holds what.
    Fault(
        "overrun",
        "gantt.rs",
        "Without security time, a job that overruns has lost its resources.",
        "end = end.max(self.now).max(self.now.end_of(self.security_time));",
        "end = end.max(self.now.end_of(self.security_time));",
    ),
    Fault(
        "start-of-zero",
        "gantt.rs",
        "A job being launched, still without start, holds from the epoch on instead of from now.",
        "let begin = if is_current && scheduled.start == Time(0) { self.now } else { scheduled.start };",
        "let begin = scheduled.start;",
    ),
    Fault(
        "suspended",
        "gantt.rs",
        "A suspended job keeps its suspendable resources.",
        "Some(JobState::Suspended) => scheduled.resources.difference(&self.suspendable),",
        "Some(JobState::Suspended) => scheduled.resources.clone(),",
    ),
    Fault(
        "resuming",
        "gantt.rs",
        "A job that resumes has not got its suspendable resources back.",
        "Some(JobState::Suspended) => scheduled.resources.difference(&self.suspendable),",
        "Some(JobState::Suspended | JobState::Resuming) => scheduled.resources.difference(&self.suspendable),",
    ),
    Fault(
        "besteffort-seen",
        "gantt.rs",
        "Scheduled besteffort jobs keep normal jobs away.",
        "hidden: scheduled.job.is_besteffort(),",
        "hidden: false,",
    ),
    Fault(
        "besteffort-placed",
        "gantt.rs",
        "Besteffort jobs placed in this round are invisible to normal jobs.",
        "            hidden: false,\n            inside: std::array",
        "            hidden: job.is_besteffort(),\n            inside: std::array",
    ),
    # Sharing.
    Fault(
        "timesharing-user",
        "sharing.rs",
        "`timesharing=user` shares with the jobs of all users.",
        "user: by_user.then(|| job.user.clone()),",
        "user: None,",
    ),
    Fault(
        "timesharing-name",
        "sharing.rs",
        "`timesharing=*,*` shares with jobs of the same name only.",
        ".filter(|name| by_name && !name.is_empty())",
        ".filter(|name| !name.is_empty())",
    ),
    Fault(
        "placeholder-names",
        "sharing.rs",
        "An allowed job may use every placeholder, whatever its name.",
        """\
        let placeholder = job.type_value("placeholder").map(|name| Offer::Placeholder(name.to_owned()));
        let allowed = allowed(job).map(|name| Offer::Placeholder(name.to_owned()));
""",
        """\
        let placeholder = job.type_value("placeholder").map(|_| Offer::Placeholder(String::new()));
        let allowed = allowed(job).map(|_| Offer::Placeholder(String::new()));
""",
    ),
    Fault(
        "offered-to-all",
        "sharing.rs",
        "What timesharing jobs and placeholders offer is available to every job.",
        "Self::Free => false,",
        "Self::Free => !offers.is_empty(),",
    ),
    Fault(
        "allow-twice",
        "sharing.rs",
        "What one allowed job takes of a placeholder, a second one may take too.",
        "chain(placeholder).collect(), access,",
        "chain(placeholder).chain(match &access { Access::Offered(offer) => Some(offer.clone()), _ => None }).collect(), access,",
    ),
    Fault(
        "offer-of-another-kind",
        "sharing.rs",
        "A job that shares in one way may use what another job offers in another way.",
        "Self::Offered(wanted) => offers.contains(wanted),",
        "Self::Offered(_) => !offers.is_empty(),",
    ),
    Fault(
        "offer-of-placed-jobs",
        "gantt.rs",
        "What jobs placed in this round offer is offered to nobody, unless a scheduled job makes the same offer.",
        "self.offers.extend(hold.offers.iter().cloned());",
        "self.offers.extend(hold.offers.iter().filter(|_| self.scheduled.contains_key(&hold.job.id)).cloned());",
    ),
    Fault(
        "supersed-missing",
        "search.rs",
        "`supersed` of a job that is not scheduled is not ignored: the job's other sharing types are.",
        "sharing.supersedes.filter(|&id| !gantt.scheduled(id).is_empty())",
        "sharing.supersedes",
    ),
    Fault(
        "supersed-elsewhere",
        "gantt.rs",
        "A job that supersedes another also meets the holds inside containers that it is not in.",
        "&& self.container(view.besteffort) == view.container",
        "&& (view.container.is_none() || self.container(view.besteffort) == view.container)",
    ),
    # Requests.
    Fault(
        "groups-overlap",
        "hierarchy/matching.rs",
        "Two groups of an alternative may take the same resource.",
        "available.intersection(group.filter).difference(&taken);",
        "available.intersection(group.filter);",
    ),
    Fault(
        "all-blocks",
        "hierarchy/matching.rs",
        "ALL asks for every block of the level, also for those outside the filter.",
        """\
            (Count::ALL, None) => level.blocks.touching(self.group.filter),
            (Count::ALL, Some(parent)) => level.blocks.touching(&self.group.filter.intersection(parent)),
""",
        """\
            (Count::ALL, None) => level.blocks.touching(&ProcSet::from_ranges(level.blocks.as_slice().iter().flat_map(ProcSet::ranges))),
            (Count::ALL, Some(parent)) => level.blocks.touching(parent),
""",
    ),
    Fault(
        "all-free-blocks",
        "hierarchy/matching.rs",
        "ALL asks only for the blocks in which something is available.",
        """\
            (Count::ALL, None) => level.blocks.touching(self.group.filter),
            (Count::ALL, Some(parent)) => level.blocks.touching(&self.group.filter.intersection(parent)),
""",
        "",
    ),
    Fault(
        "half-best",
        "hierarchy/matching.rs",
        "HALF_BEST rounds up.",
        "(ends.len() / 2).checked_sub(1)",
        "ends.len().div_ceil(2).checked_sub(1)",
    ),
    Fault(
        "just-enough-blocks",
        "hierarchy/matching.rs",
        "Blocks are given up when no more are left than are needed.",
        "while missing > 0 && missing <= children.len() {",
        "while missing > 0 && missing < children.len() {",
    ),
    Fault(
        "block-of-last-resource",
        "hierarchy/places.rs",
        "A block of which only the last resource is available, or held, is overlooked.",
        "partition_point(|run| run.last < first)",
        "partition_point(|run| run.last <= first)",
    ),
    Fault(
        "smaller-last-block",
        "hierarchy/places.rs",
        "Of equal blocks in a row, the last, smaller one is taken as if it was as large.",
        "resource(high).checked_sub(1)?.min(u64::from(run.last))",
        "resource(high).checked_sub(1)?",
    ),
    Fault(
        "row-goes-on-behind-smaller",
        "hierarchy/places.rs",
        "A row of equal blocks goes on behind one that is smaller.",
        """\
&& (u64::from(self.last - self.first) + 1).is_multiple_of(self.size)
""",
        """\
&& self.size > 0
""",
    ),
    Fault(
        "row-of-larger-blocks",
        "hierarchy/places.rs",
        "A row of equal blocks goes on with a larger one.",
        "&& u64::from(next.last - next.first) < self.size;",
        "&& self.size > 0;",
    ),
    Fault(
        "last-level-whole",
        "hierarchy/matching.rs",
        "At the last level, a block that sticks out of its parent does not count.",
        """\
                Some(parent) if self.is_last(depth) => Cow::Owned(block.intersection(parent)),
""",
        "",
    ),
    Fault(
        "intermediate-cut",
        "hierarchy/matching.rs",
        "At an intermediate level, a block that sticks out of its parent counts as the piece inside.",
        """\
                Some(parent) if self.is_last(depth) => Cow::Owned(block.intersection(parent)),
                Some(_) => return None,
""",
        """\
                Some(parent) => Cow::Owned(block.intersection(parent)),
""",
    ),
    Fault(
        "partial-block",
        "hierarchy/matching.rs",
        "A block of which only a part is free counts, with that part.",
        """\
            let is_free = child.resources.is_subset(available);
            if is_free {
                found.extend(child.resources.ranges());
            }
            return is_free;
""",
        """\
            let part = child.resources.intersection(available);
            found.extend(part.ranges());
            return !part.is_empty();
""",
    ),
    Fault(
        "shape-of-cut-blocks",
        "hierarchy/shape.rs",
        "Requests are matched on bits even where a block of the last level sticks out of its parent.",
        "let is_cut = !places.resources(&inside).is_subset(parent);",
        "let is_cut = false;",
    ),
    Fault(
        "shape-filter-ignored",
        "hierarchy/shape.rs",
        "Filters are left aside where requests are matched on bits.",
        "filter: (!is_all).then(",
        "filter: (!is_all && is_all).then(",
    ),
    Fault(
        "shape-first-stretch",
        "hierarchy/shape.rs",
        "Of a block whose places do not lie side by side only the first stretch counts.",
        "[stretch] => Some(stretch.clone()),",
        "[stretch, ..] => Some(stretch.clone()),",
    ),
    Fault(
        "shape-never-restarts",
        "hierarchy/shape.rs",
        "Outermost blocks that once had too little are not looked at again in the same search.",
        "(self.first, self.most) = (first as usize, if first > 0 { less } else { 0 });",
        "(self.first, self.most) = (self.first.max(first as usize), if first > 0 { less } else { 0 });",
    ),
    Fault(
        "shape-passes-wide-blocks",
        "hierarchy/shape.rs",
        "A block of more than 64 places is passed over if nothing is free in its first word.",
        "block.only_word().is_some_and(",
        "Some(block.words().start).is_some_and(",
        "large_rounds",
    ),
    Fault(
        "shape-keeps-what-grew",
        "hierarchy/shape.rs",
        "Of a block that turns out to have too little, what touches the block before is kept.",
        "*last = was;",
        "drop((last, was));",
        "large_rounds",
    ),
    # What is known beforehand.
    Fault(
        "fewest-of-cut-block",
        "hierarchy.rs",
        "A block below another one is thought to be whole when resources are counted.",
        "let size = if is_single { blocks.smallest() } else { 1 };",
        "let size = if is_single || blocks.smallest() > 1 { blocks.smallest() } else { 1 };",
    ),
    Fault(
        "fewest-of-overlapping",
        "hierarchy.rs",
        "Blocks that share resources count as if they did not, when resources are counted.",
        "let count = if blocks.overlap() { 1 } else {",
        "let count = if false { 1 } else {",
    ),
    Fault(
        "shortage-too-long",
        "timeline/fit.rs",
        "A job cannot start in the moment in which a shortage ends.",
        "start = start.max(slot.begin);",
        "start = if slot.begin > start { slot.begin.next() } else { start };",
    ),
    Fault(
        "window-skips-too-much",
        "timeline/fit.rs",
        "A chunk of slots that ends behind the job's window is looked at as a whole.",
        "if last == at || self.end_of(last) > end {",
        "if last == at {",
        "large_rounds",
    ),
    Fault(
        "window-looks-back-too-far",
        "timeline/fit.rs",
        "When a job's window moves on, the slot before the one in which something was missing is not looked at.",
        "self.back_from(last).skip(1)",
        "self.back_from(last).skip(2)",
    ),
    Fault(
        "most-of-any-kind",
        "timeline/fit.rs",
        "What is the most that fits into a slot of one kind of request is thought to be that of other kinds too.",
        "self.0.get(kind as usize % KINDS).filter(|known| known.kind == kind)",
        "self.0.get(kind as usize % KINDS)",
        "large_rounds",
    ),
    Fault(
        "most-off-by-one",
        "timeline/fit.rs",
        "A request for just the most that fits into a slot is thought not to fit.",
        "is_none_or(|known| count <= known.most)",
        "is_none_or(|known| count < known.most)",
    ),
    Fault(
        "first-of-any-count",
        "timeline/fit.rs",
        "Blocks that have too little in a slot for one job are passed over for smaller jobs too.",
        "slot.known.of(kind).filter(|known| count >= known.count)",
        "slot.known.of(kind).filter(|known| count > 0 && known.count > 0)",
        "large_rounds",
    ),
    Fault(
        "most-behind-the-first",
        "hierarchy/shape.rs",
        "The most that fits into a slot leaves aside the blocks that were passed over.",
        "if first > 0 { less } else { 0 });",
        "0 * less);",
        "large_rounds",
    ),
    Fault(
        "most-of-the-last-block",
        "hierarchy/shape.rs",
        "The most that fits into a slot is taken from the last block alone.",
        "self.most = self.most.max(there);",
        "self.most = there;",
        "large_rounds",
    ),
    Fault(
        "known-start-of-other-walltime",
        "round/known_starts.rs",
        "A job is thought to start no earlier than one that asks for the same for a longer time.",
        "steps.partition_point(|(known, _)| *known <= walltime)",
        "steps.partition_point(|_| true)",
    ),
    Fault(
        "known-start-of-larger",
        "round/known_starts.rs",
        "A job is thought to start no earlier than one that asks for more.",
        "let mut node = (u64::from(count) + 1).min(self.last);",
        "let mut node = self.last;",
    ),
    Fault(
        "known-start-on-another-line",
        "round/earliest.rs",
        "A job is thought to start no earlier than one that asks for the same on another timeline.",
        "line: line.number, identity",
        "line: 0, identity",
    ),
    Fault(
        "known-start-of-groups",
        "requests.rs",
        "Of several groups only the first is looked at to tell what jobs ask for.",
        "let ([request], [group]) =",
        "let ([request, ..], [group, ..]) =",
    ),
    Fault(
        "known-start-of-outer-counts",
        "requests.rs",
        "Requests that differ in the count of an outer level are thought to be of a kind.",
        "levels.iter_mut().next_back().into_iter().for_each(",
        "levels.iter_mut().for_each(",
    ),
    Fault(
        "known-start-of-filters",
        "requests.rs",
        "Requests that differ in their filters are thought to be of a kind.",
        "self.kinds.get(&request.filter).and_then(|kinds| kinds.get(&levels))",
        "self.kinds.values().find_map(|kinds| kinds.get(&levels))",
    ),
    Fault(
        "known-start-after-dependency",
        "round/earliest.rs",
        "A job is thought to start no earlier than an equal one that had to wait for another job.",
        "known.filter(|known| earliest <= known.allowed_from && looked_everywhere)",
        "known.filter(|_| looked_everywhere)",
    ),
    Fault(
        "known-start-of-fewer",
        "requests.rs",
        "A job whose properties select other resources besides the default ones is thought to start no earlier than one without properties.",
        "request.filter.as_ref().is_some_and(is_narrower)",
        "request.filter.as_ref().is_some_and(|filter| is_narrower(filter) || !filter.is_empty())",
    ),
    Fault(
        "known-start-under-quotas",
        "round/known_starts.rs",
        "Where quotas limit them, a job is thought to start no earlier than one of another user that asks for the same.",
        "project.clone(), user.clone(), types",
        "project.clone(), String::new(), types",
    ),
    Fault(
        "known-start-without-quotas",
        "round/earliest.rs",
        "A job is thought to start no earlier than one that asks for the same and that the quotas refused.",
        "let identity = is_limited.then(|| self.known_starts.identity(job));",
        "let identity = is_limited.then_some(0).filter(|_| false);",
    ),
    Fault(
        "known-start-free-from-later",
        "round/known_starts.rs",
        "Too little is thought to be free where a search began later, as the quotas refused the job before.",
        """\
            && known.free_from == known.allowed_from
""",
        "",
    ),
    Fault(
        "known-start-of-larger-blocks",
        "round/earliest.rs",
        "A job is thought to start no earlier than an equal one that the quotas refused for the sizes of its blocks.",
        "self.known_starts.note(&known, found.free_from, found.bound);",
        "self.known_starts.note(&known, found.free_from, found.place.as_ref().map(|(start, _)| *start));",
        "regressions",
    ),
    Fault(
        "size-outside-default",
        "hierarchy.rs",
        "Resources that quotas do not count are counted when the quotas are asked beforehand.",
        "filter.as_ref().is_none_or(|filter| filter.is_subset(default_filter))",
        "filter.as_ref().is_none_or(|filter| !filter.is_empty())",
    ),
    Fault(
        "held-for-a-second",
        "timeline.rs",
        "What a running job holds for one second more is free.",
        "holds.pop_if(|(until, _)| *until >= begin)",
        "holds.pop_if(|(until, _)| *until > begin)",
    ),
    # Who starts now.
    Fault(
        "hopes-of-the-next",
        "round/starting_now.rs",
        "The job that comes next is not looked at when hopes are.",
        "enumerate().skip(position)",
        "enumerate().skip(position + 1)",
        "starting_now",
    ),
    Fault(
        "hopes-of-one-kind",
        "round/starting_now.rs",
        "Normal jobs are thought to see the besteffort jobs.",
        "MachineLine { besteffort, missing, grain };",
        "MachineLine { besteffort: true, missing, grain };",
        "starting_now",
    ),
    Fault(
        "hopes-just-enough",
        "round/starting_now.rs",
        "A job that needs just what stays free is thought to have no hope.",
        "alternative.fewest <= *free",
        "alternative.fewest < *free",
        "starting_now",
    ),
    Fault(
        "hopes-in-resources",
        "requests.rs",
        "A job is thought to need as many blocks as it takes resources.",
        "(Some(_), [group]) => group",
        "(Some(_), [group]) if group.filter.is_empty() => group",
        "starting_now",
    ),
    Fault(
        "hopes-of-special-jobs",
        "round/starting_now.rs",
        "Jobs that share resources or run in containers are thought to need free ones.",
        "let Some(alternatives) = &self.alternatives else { return true };",
        "let Some(alternatives) = &self.alternatives else { return false };",
        "starting_now",
    ),
    Fault(
        "hopes-of-groups-to-come",
        "round.rs",
        "The groups of lower priority are forgotten when hopes are looked at.",
        "Hopes::new(placed.iter().chain(to_come).copied(),",
        "Hopes::new(placed.iter().chain(to_come.take(0)).copied(),",
        "starting_now",
    ),
    Fault(
        "hopes-a-slot-too-long",
        "round/starting_now.rs",
        "A job is thought to need what it asks for one slot longer than its walltime.",
        "|(slot_end, _)| *slot_end < end)",
        "|(slot_end, _)| *slot_end <= end)",
        "starting_now",
    ),
    # Placing.
    Fault(
        "moldable-tie",
        "round.rs",
        "Of two alternatives that end together, the last one is taken.",
        "if best.as_ref().is_none_or(|best| end < best.start.end_of(best.walltime)) {",
        "if best.as_ref().is_none_or(|best| end <= best.start.end_of(best.walltime)) {",
    ),
    Fault(
        "moldable-start",
        "round.rs",
        "The alternative that starts first is taken, not the one that ends first.",
        "if best.as_ref().is_none_or(|best| end < best.start.end_of(best.walltime)) {",
        "if best.as_ref().is_none_or(|best| (start, end) < (best.start, best.start.end_of(best.walltime))) {",
    ),
    Fault(
        "dependency-end",
        "conditions.rs",
        "A job may start in the last second of the job that it waits for.",
        "end.map(|end| end.max(gantt.now()).next())",
        "end.map(|end| end.max(gantt.now()))",
    ),
    Fault(
        "dependency-of-two",
        "gantt.rs",
        "Of a job with two holds, the one that came last ends the dependency, not the one that ends last.",
        "*end = hold.end.max(*end);",
        "*end = hold.end;",
    ),
    Fault(
        "dependency-failed",
        "conditions.rs",
        "A job that ended with an exit code other than 0 satisfies a dependency.",
        "(JobState::Terminated, None | Some(0)) => continue,",
        "(JobState::Terminated, _) => continue,",
    ),
    Fault(
        "dependency-error",
        "conditions.rs",
        "A job waits for a job in state `Error`.",
        "(JobState::Error, _) | (JobState::Terminated",
        "(JobState::Terminated",
    ),
    Fault(
        "postponed-too-short",
        "conditions.rs",
        "A postponed job may start a second early.",
        "conditions.earliest.map(|earliest| earliest.max(until));",
        "conditions.earliest.map(|earliest| earliest.max(until.previous()));",
    ),
    Fault(
        "deadline-without-security-time",
        "job.rs",
        "The security time counts against the deadline.",
        "(latest + security_time).previous().min(end)",
        "latest.previous().min(end)",
    ),
    Fault(
        "deadline-makes-others-hopeless",
        "round/earliest.rs",
        "What was not found before a deadline is thought to be nowhere.",
        "let looked_everywhere = !is_hopeless && waiting.latest_end.is_none();",
        "let looked_everywhere = !is_hopeless;",
    ),
    Fault(
        "deadline-is-no-reason",
        "reasons/question.rs",
        "A deadline that is too early is never named.",
        "What::WindowLimit(last) | What::Deadline(last, _) if end > last",
        "What::WindowLimit(last) if end > last",
        test="reasons",
    ),
    Fault(
        "tokens-taken-by-later-jobs",
        "round.rs",
        "A job that does not start now takes its tokens all the same.",
        "if place.start <= self.site.now {",
        "if place.start >= self.site.now {",
    ),
    Fault(
        "tokens-one-too-few",
        "tokens.rs",
        "The last token is never given.",
        "left.is_none_or(|left| left < asked)",
        "left.is_none_or(|left| left <= asked)",
    ),
    Fault(
        "leaflet-owner",
        "conditions.rs",
        "A leaflet may use the envelope of another user of its project.",
        "envelope.job.user != job.user",
        "envelope.job.project != job.project",
    ),
    Fault(
        "leaflet-suspended",
        "conditions.rs",
        "A leaflet starts in an envelope that is suspended.",
        "matches!(state, JobState::Running | JobState::ToLaunch | JobState::Launching)",
        "state.is_current()",
    ),
    # Containers.
    Fault(
        "container-security-time",
        "gantt.rs",
        "A container gives its security time to its inner jobs.",
        "self.begin.end_of(self.walltime) - security_time",
        "self.begin.end_of(self.walltime)",
    ),
    Fault(
        "container-foreign",
        "gantt.rs",
        "A container gives resources that are not usable.",
        "resources: hold.resources.intersection(&self.machines.whole().usable),",
        "resources: hold.resources.clone(),",
        "regressions",
    ),
    Fault(
        "containers-of-one-name",
        "gantt.rs",
        "Of several containers of one name, only the last one gives resources.",
        "            pieces.extend(Some(piece.clone())",
        """\
            pieces.clear();
            pieces.extend(Some(piece.clone())""",
    ),
    Fault(
        "container-forgets",
        "gantt/lines.rs",
        "Another container of the name makes the inner jobs forgotten that are there already.",
        "let holds = gantt.holds.get(..upto).unwrap_or_default();",
        "let holds = gantt.holds.get(..upto).filter(|_| key.container.is_none()).unwrap_or_default();",
    ),
    Fault(
        "container-line-not-remade",
        "gantt.rs",
        "Another container of the name gives nothing to inner jobs, once the container's timeline was made.",
        """\
        self.lines.forget(&name);
""",
        "",
    ),
    Fault(
        "line-access-ignored",
        "gantt/lines.rs",
        "Jobs that share resources find only free ones.",
        "access: if is_offered { access.clone() } else { Access::Free },",
        "access: Access::Free,",
    ),
    Fault(
        "line-of-normal-jobs",
        "gantt/lines.rs",
        "Besteffort jobs do not see the scheduled besteffort jobs.",
        "besteffort: view.besteffort && gantt.besteffort.is_some(),",
        "besteffort: false,",
    ),
    Fault(
        "line-follows-late",
        "gantt/lines.rs",
        "A timeline that was made misses a hold whenever it follows.",
        "self.followed = upto.max(self.followed);",
        "self.followed = upto.max(self.followed) + 1;",
    ),
    Fault(
        "chunk-not-updated",
        "timeline/chunk.rs",
        "What was free in a whole chunk of slots still counts as free when some of it has gone.",
        "bits::take_away(&mut self.all, part.pieces());",
        "",
        "large_rounds",
    ),
    Fault(
        "chunk-gone-not-heeded",
        "timeline.rs",
        "A search that goes from one chunk of slots into the next does not heed what has gone from all of the next.",
        "(!is_done && chunk.take_gone(words, from)) || went",
        "(is_done && chunk.take_gone(words, from)) || went",
        "large_rounds",
    ),
    Fault(
        "chunk-gone-twice",
        "timeline/chunk.rs",
        "What has gone from a whole chunk of slots goes once more from all of it.",
        "*any &= !mask;",
        "",
        "large_rounds",
    ),
    Fault(
        "chunk-gone-from-some-again",
        "timeline/chunk.rs",
        "What has gone from a whole chunk of slots goes once more from those that a shorter job holds.",
        "(word, mask & !at(&self.gone, word))",
        "(word, mask)",
        "large_rounds",
    ),
    Fault(
        "chunk-gone-lost-in-two",
        "timeline/chunk.rs",
        "When a chunk of slots is cut into two, what has gone from all of it is free again in the later one.",
        "Self::with_gone(later, self.gone.clone(), self.gone_count)",
        "Self::with_gone(later, Vec::new(), 0)",
        "large_rounds",
    ),
    Fault(
        "change-not-noted",
        "timeline.rs",
        "A search that goes from slot to slot does not see what a job takes where it begins.",
        "self.note_change(begin, part, |slot| &mut slot.taken);",
        "",
        "large_rounds",
    ),
    Fault(
        "change-backwards-not-noted",
        "timeline.rs",
        "A search that looks back does not see what a job has held that ends there.",
        "self.note_change(end.next(), part, |slot| &mut slot.freed);",
        "",
        "large_rounds",
    ),
    Fault(
        "change-of-too-many",
        "timeline/change.rs",
        "Where more changes than is noted, the rest counts as free.",
        "Err(_) if noted.len() == most => {\n                    self.pieces = None;",
        "Err(_) if noted.len() == most => {",
        "large_rounds",
    ),
    Fault(
        "page-of-first-slot",
        "timeline/pages.rs",
        "Of slots that share a page, only the first one loses what a job takes.",
        """\
                    *page = Arc::clone(after);
                    gone += *went;
""",
        "",
    ),
    Fault(
        "page-of-equal-beginning",
        "timeline/pages.rs",
        "Pages that begin with the same word are thought to be the same.",
        "done.next().is_some_and(|done| Arc::ptr_eq(done, page))",
        "done.next().is_some_and(|done| done.first() == page.first())",
        "large_rounds",
    ),
    Fault(
        "inner-outside",
        "gantt.rs",
        "An inner job placed in this round holds its resources outside its container.",
        "inside: std::array::from_fn(|_| job.inner_of().map(str::to_owned)),",
        "inside: [None, None],",
    ),
    Fault(
        "inner-not-put-off",
        "round.rs",
        "An inner job does not wait for its container that comes later in the order.",
        "is_some_and(|&to_come| to_come > 0)",
        "is_some_and(|&to_come| to_come > 1)",
    ),
    Fault(
        "inner-put-off-for-long",
        "round.rs",
        "An inner job that was put off comes at the end of the group, not after its container.",
        "queue.push_front(inner);",
        "queue.push_back(inner);",
    ),
    Fault(
        "inner-reversed",
        "round.rs",
        "The inner jobs that wait for a container come in reverse order.",
        "put_off.remove(&name).into_iter().flatten().rev()",
        "put_off.remove(&name).into_iter().flatten()",
    ),
    # Quotas.
    Fault(
        "rule-each-first",
        "quotas/rules.rs",
        "A rule with `/` goes before one that names the job's queue, project or user.",
        'branches.get(value).or_else(|| branches.get("/"))',
        'branches.get("/").or_else(|| branches.get(value))',
    ),
    Fault(
        "rule-type-last",
        "quotas/rules.rs",
        "A rule for all types goes before one that names a type of the job.",
        'own_type.or_else(|| job_types.get("*"))?',
        'job_types.get("*").or(own_type)?',
    ),
    Fault(
        "rule-type-order",
        "quotas/rules.rs",
        "Of two rules that name types of the job, the last one in the alphabet applies.",
        "job.types.keys().find_map(",
        "job.types.keys().rev().find_map(",
    ),
    Fault(
        "own-usage",
        "quotas/rules.rs",
        "What the job itself would use is not added.",
        "let total = used.plus(asked);",
        "let total = used;",
    ),
    Fault(
        "limit-reached",
        "quotas/rules.rs",
        "A job that would just reach a limit is refused.",
        "(limit < figure.of(total))",
        "(limit <= figure.of(total))",
    ),
    Fault(
        "limit-zero",
        "quotas/file.rs",
        "A limit of 0 is no limit.",
        "(limit >= 0).then_some(limit)",
        "(limit > 0).then_some(limit)",
    ),
    Fault(
        "peak-is-sum",
        "quotas/usage.rs",
        "The usage over a window is the sum of its steps, not the highest one.",
        "peak.max(value)",
        "peak.plus(value)",
    ),
    Fault(
        "peak-first-step",
        "quotas/usage.rs",
        "What was used already when the window begins is left out of its peak.",
        ".partition_point(|&(start, _)| start <= begin).saturating_sub(1);",
        ".partition_point(|&(start, _)| start <= begin);",
    ),
    Fault(
        "usage-ends-early",
        "quotas/usage.rs",
        "A job that the quotas refuse tries again in the last second of a hold, not after it.",
        "self.changes.extend([begin, end.next()]);",
        "self.changes.extend([begin, end]);",
    ),
    Fault(
        "container-counted",
        "gantt.rs",
        "Container jobs count in the quotas.",
        '!self.job.has_type("container")',
        "true",
    ),
    Fault(
        "other-resources-counted",
        "gantt.rs",
        "Resources that are not of type default count in the quotas when a job asks for them.",
        "Counts::of_job(resources.intersection_len(&self.default_resources), walltime.0)",
        "Counts::of_job(resources.len(), walltime.0)",
    ),
    Fault(
        "other-resources-used",
        "gantt.rs",
        "What jobs hold of resources that are not of type default is counted as used in the quotas.",
        "let count = hold.resources.intersection_len(&self.default_resources);",
        "let count = hold.resources.len();",
    ),
    Fault(
        "hours-in-minutes",
        "quotas/file.rs",
        "Limits of resource-hours are read as resource-minutes.",
        "limit(hours, all, 3600.0)?",
        "limit(hours, all, 60.0)?",
    ),
    Fault(
        "hours-truncated",
        "quotas/file.rs",
        "Limits of resource-hours are truncated to whole hours.",
        "let limit = (number * unit) as i64;",
        "let limit = (number as i64) * (unit as i64);",
    ),
    Fault(
        "share-rounded",
        "quotas/file.rs",
        "A share of all resources is rounded, not truncated.",
        "share.trim().parse::<f64>().map_err(|_| wrong())? * all as f64",
        "(share.trim().parse::<f64>().map_err(|_| wrong())? * all as f64).round()",
    ),
    Fault(
        "no-quotas",
        "quotas.rs",
        "Jobs of type `no_quotas` are subject to quotas.",
        '!job.has_type("no_quotas")',
        "true",
    ),
    Fault(
        "untracked-type",
        "quotas.rs",
        "Rules on a type that is not in `job_types` limit.",
        'rule.job_type() == "*" || self.job_types.iter().any(|tracked| tracked == rule.job_type())',
        "!rule.job_type().is_empty()",
    ),
    Fault(
        "superseded-twin",
        "search.rs",
        "Of the holds of a superseded job only the first is taken over.",
        "gantt.holds().iter().filter(|hold| hold.job.id == id).collect()",
        "gantt.holds().iter().filter(|hold| hold.job.id == id).take(1).collect()",
        "regressions",
    ),
    Fault(
        "silent-bounds",
        "search.rs",
        "Under quotas, a job does not start where a container begins that is not in its way.",
        "Some(_) => self.gantt.silent_bounds(self.view),",
        "Some(_) => BTreeSet::new(),",
        "regressions",
    ),
    Fault(
        "superseded-counted",
        "search.rs",
        "A job that supersedes another also takes over its place in the number of jobs.",
        "counts: all.minus(left) }",
        "counts: Counts { jobs: 1, ..all.minus(left) } }",
    ),
    # The calendar of the quotas.
    Fault(
        "first-rule-set",
        "quotas.rs",
        "Only the rules in force at a job's start limit it, not those that come into force while it runs.",
        "self.rule_sets_in(claim.begin, claim.end)",
        "self.rule_sets_in(claim.begin, claim.begin)",
    ),
    Fault(
        "peak-of-other-rules",
        "quotas.rs",
        "A rule set also limits what is used while another one is in force.",
        ".filter(|&(_, _, in_force)| in_force == index)",
        ".filter(|_| true)",
    ),
    Fault(
        "rule-change",
        "quotas/limiter.rs",
        "Jobs that a rule set refuses do not start when another one comes into force, only when a job ends.",
        "over.map_or(until, |over| over.min(until))",
        "until",
    ),
    Fault(
        "usage-change",
        "search.rs",
        "A job that the quotas refuse for the resources it found does not try again when they are used less.",
        "[usage, quotas.changes().find(|change| *change > instant)]",
        "[usage.filter(|_| false), quotas.changes().find(|change| *change > instant)]",
    ),
    Fault(
        "limiter-of-other-periods",
        "quotas/limiter.rs",
        "A job is refused for what is used in its window while other rules are in force.",
        "let (first, last) = (from.max(begin), period_end.min(end));",
        "let (first, last) = (begin, end);",
    ),
    Fault(
        "limiter-period-end",
        "quotas/limiter.rs",
        "A job is refused for what is used in the first second of the next rules.",
        "period_end = over.map_or(period_end, Time::previous);",
        "period_end = over.unwrap_or(period_end);",
    ),
    Fault(
        "limiter-before-window",
        "quotas/usage.rs",
        "A job is refused for what was used until just before its window.",
        "if start <= begin {",
        "if start < begin {",
    ),
    Fault(
        "limiter-superseded",
        "search.rs",
        "A job that supersedes another is refused beforehand, as if it took nothing over.",
        "let sure = limiter.as_ref().filter(|_| !self.takes_over());",
        "let sure = limiter.as_ref();",
    ),
    Fault(
        "oneshot-end",
        "quotas/calendar.rs",
        "The last second of a oneshot does not belong to it.",
        "end: instant(end)?,",
        "end: instant(end)?.previous(),",
    ),
    Fault(
        "oneshot-order",
        "quotas/calendar.rs",
        "Of two oneshots at a time, the first in the file is in force, not the one that begins first.",
        "        oneshots.sort_by_key(|span| span.begin);",
        "",
    ),
    Fault(
        "night-to-monday",
        "quotas/calendar.rs",
        "A period that runs from Sunday into Monday ends at midnight.",
        "parts.extend([(begin, WEEK), (0, end - WEEK)]);",
        "parts.push((begin, WEEK));",
    ),
    Fault(
        "fixed-offset",
        "quotas.rs",
        "The local clock is never changed: the offset of now is used all year.",
        "Calendar::new(&read.periodical, &read.oneshot, &read.rule_sets, zone.clone())?;",
        """\
Calendar::new(
            &read.periodical,
            &read.oneshot,
            &read.rule_sets,
            zone.to_offset(jiff::Timestamp::from_second(now.0).unwrap_or_default()).to_time_zone(),
        )?;""",
    ),
    Fault(
        "clock-change",
        "quotas/calendar.rs",
        "A period in which the local clock is changed ends an hour early or late.",
        ".map_or(until, |change| change.min(until));",
        ".map_or(until, |_| until);",
    ),
    Fault(
        "window-limit",
        "quotas.rs",
        "A job may not hold the last second within the window limit.",
        "(now + limit).min(max_time)",
        "(now + limit).previous().min(max_time)",
    ),
    # Order, reservations.
    Fault(
        "tie-descending",
        "ordering.rs",
        "Of two jobs of equal karma or priority, the one of the higher number comes first.",
        "then(self.id.cmp(&other.id))",
        "then(other.id.cmp(&self.id))",
    ),
    Fault(
        "karma-asked",
        "ordering.rs",
        "What a user has asked for is divided by what all have used.",
        "share(asked, &asked.users, &job.job.user)",
        "share(used, &asked.users, &job.job.user)",
    ),
    Fault(
        "size-of-groups",
        "ordering.rs",
        "The size of a job is that of its largest group, not of all together.",
        "    groups.sum()",
        "    groups.fold(0.0, f64::max)",
    ),
    Fault(
        "age-unlimited",
        "ordering.rs",
        "The age of a job goes on raising its priority for ever.",
        "(figures.age_coef * age as f64).min(1.0)",
        "figures.age_coef * age as f64",
    ),
    Fault(
        "nice-below-one",
        "ordering.rs",
        "A `nice` below 1 lowers the priority.",
        'number(job, "nice").unwrap_or(1.0).max(1.0)',
        'number(job, "nice").unwrap_or(1.0)',
    ),
    Fault(
        "max-jobs",
        "round/order.rs",
        "A round places one job more than the limit.",
        "jobs.split_off(limit)",
        "jobs.split_off(limit + 1)",
    ),
    Fault(
        "scheduled-twice",
        "round/order.rs",
        "A waiting job that is scheduled already is placed again.",
        "let is_new = place.is_err() && self.gantt.end_of(id).is_none();",
        "let is_new = place.is_err();",
    ),
    Fault(
        "reservation-security-time",
        "round/reservations.rs",
        "An advance reservation needs its resources during its security time too.",
        "(start.end_of(walltime) - security_time).max(start)",
        "start.end_of(walltime).max(start)",
    ),
    Fault(
        "reservation-of-nothing",
        "round/reservations.rs",
        "An advance reservation no longer than the security time needs no free second.",
        "(start.end_of(walltime) - security_time).max(start)",
        "start.end_of(walltime) - security_time",
    ),
    Fault(
        "reservation-too-old",
        "round/reservations.rs",
        "An advance reservation whose time has just ended is accepted.",
        "self.site.now >= requested + walltime",
        "self.site.now > requested + walltime",
    ),
    Fault(
        "reservation-order",
        "round/reservations.rs",
        "Advance reservations come by number, whatever their queues.",
        "reservations.sort_by_key(|job| (rank(job), job.job.id));",
        "reservations.sort_by_key(|job| job.job.id);",
    ),
    Fault(
        "reservation-hours",
        "round/reservations.rs",
        "The hours of an advance reservation are counted without its security time.",
        "search.is_allowed(&resources, start, end, moldable.walltime)",
        "search.is_allowed(&resources, start, end, end.next() - start)",
    ),
    # Resources that are missing.
    Fault(
        "missing-in-blocks",
        "machine.rs",
        "The rest of a block of which a part is missing is no block.",
        "hierarchy.without(missing)",
        "hierarchy.clone()",
    ),
    Fault(
        "missing-only",
        "machine.rs",
        "A job that accepts missing resources has no others.",
        "machine(usable.union(missing), ",
        "machine(missing.clone(), ",
    ),
    Fault(
        "missing-upto",
        "gantt.rs",
        "What is missing does not leave at its `available_upto`.",
        "base.difference(&resources)",
        "base.difference(&resources.difference(&snapshot.resources.missing))",
    ),
    Fault(
        "missing-uncounted",
        "gantt.rs",
        "Missing resources do not count in the quotas.",
        "default_resources: resources.default.clone(),",
        "default_resources: resources.default.difference(&resources.missing),",
    ),
    Fault(
        "missing-in-containers",
        "gantt.rs",
        "Containers have no missing resources to give.",
        "hold.resources.intersection(&self.machines.whole().usable)",
        "hold.resources.intersection(&self.machines.of(false).usable)",
    ),
    Fault(
        "missing-line-shared",
        "gantt/lines.rs",
        "Jobs that accept missing resources are placed on the timelines of the others.",
        "missing: view.missing && gantt.machines.differ(),",
        "missing: false,",
    ),
    Fault(
        "missing-shapes-shared",
        "requests.rs",
        "A request that both kinds of jobs make is matched on the blocks of the one that came first.",
        "{ &mut self.whole } else",
        "{ &mut self.without_missing } else",
    ),
    Fault(
        "missing-reserved",
        "round/reservations.rs",
        "Reservations do not get missing resources.",
        "self.site.machine(waiting).resolve(moldable)",
        "self.site.machines.of(false).resolve(moldable)",
    ),
    Fault(
        "missing-hopes",
        "round/starting_now.rs",
        "Whether jobs that accept missing resources may start now is looked up where these are not there.",
        "MachineLine { besteffort, missing, grain };",
        "MachineLine { besteffort, missing: false, grain };",
        "starting_now",
    ),
    Fault(
        "missing-awake",
        "round.rs",
        "A job that starts on missing resources waits until they are awake.",
        "resources.absent.difference(&resources.missing)",
        "resources.absent.clone()",
        "reasons",
    ),
    Fault(
        "reason-missing-holders",
        "reasons/question.rs",
        "Who holds nothing but missing resources is not named, even if the job accepts them.",
        "&self.site.machine(self.waiting).usable",
        "&self.site.machines.of(false).usable",
        "reasons",
    ),
    Fault(
        "reason-missing-places",
        "reasons/explain.rs",
        "What is taken is looked up on the machine of the first job that was explained.",
        "if view.missing { whole } else { without_missing }",
        "if view.missing { without_missing } else { without_missing }",
        "reasons",
    ),
    Fault(
        "reason-missing-never",
        "reasons/explain.rs",
        "A job that only missing resources keep from running is told that it can never run.",
        "self.possible(machines.whole(), moldable, end).is_err()",
        "self.possible(machine, moldable, end).is_err()",
        "reasons",
    ),
    Fault(
        "reason-missing-together",
        "reasons/question.rs",
        "A job whose groups find too little beside each other is never told that resources are missing.",
        "hierarchy::find(&groups, &whole.usable).is_some();",
        "hierarchy::find(&groups, self.usable()).is_some();",
        "reasons",
    ),
    Fault(
        "plain-missing-touched",
        "gantt/lines.rs",
        "Which places a hold touches is looked up on the machine of the first plain job that was explained.",
        "        self.missing\n",
        "        false\n",
        "reasons",
    ),
    # Reasons.
    Fault(
        "reason-later-holder",
        "reasons/question.rs",
        "A job that begins later, but before this one would end, is not named.",
        "&holds.meant(at, Time(i64::MAX), horizon)",
        "&holds.meant(at, Time(i64::MAX), at)",
        "reasons",
    ),
    Fault(
        "reason-later-jobs",
        "reasons/question.rs",
        "Jobs that were placed after this one are blamed.",
        "gantt.holds().get(..outcome.holds_before).unwrap_or_default()",
        "gantt.holds()",
        "reasons",
    ),
    Fault(
        "reason-quota-usage",
        "reasons/question.rs",
        "What a job in the way uses of the quotas stays when the job goes.",
        "filter(|(hold, ..)| !gone.contains(&hold.job.id))",
        "filter(|_| true)",
        "reasons",
    ),
    Fault(
        "reason-inner-jobs",
        "reasons/question.rs",
        "What inner jobs use of the quotas stays when their container goes.",
        "let mut is_complete = gone.is_empty();",
        "let mut is_complete = true;",
        "reasons",
    ),
    Fault(
        "reason-upto",
        "reasons/question.rs",
        "Resources that leave in the last second that the job would run are not named.",
        "entry.until <= horizon",
        "entry.until < horizon",
        "reasons",
    ),
    Fault(
        "reason-container-end",
        "reasons/question.rs",
        "A container that ends too early for its security time is not named.",
        "(hold.begin, hold.piece_end(self.gantt.security_time()), &hold.resources)",
        "(hold.begin, hold.begin.end_of(hold.walltime), &hold.resources)",
        "reasons",
    ),
    Fault(
        "reason-tie",
        "reasons/question.rs",
        "An alternative that comes later in the list and ends at the same time counts as the better one.",
        "if index < best { best_end } else { best_end.previous() }",
        "best_end",
        "reasons",
    ),
    Fault(
        "reason-not-minimal",
        "reasons/minimal.rs",
        "The first set of causes that is enough is given, even when a smaller one is.",
        "if is_minimal(count, &found, &mut works) {",
        "if works(&flags(count, 0, &found)) {",
        "reasons",
    ),
    Fault(
        "reason-rival-windows",
        "reasons/question.rs",
        "What is taken in some windows of another alternative is thought to be taken in all of them.",
        "self.available(last, end(first), world)",
        "self.available(first, end(last), world)",
        "reasons",
    ),
    Fault(
        "reason-one-sweep",
        "reasons/minimal.rs",
        "A cause that can be kept only once another one is kept too is named.",
        "        if !changed {",
        "        if !changed || changed {",
        "reasons",
    ),
    Fault(
        "plain-order",
        "reasons/in_order.rs",
        "Jobs in the way are looked at in the order in which they begin, not in which they end.",
        "(hold.end, hold.job.id, number)",
        "(hold.begin, hold.job.id, number)",
        "reasons",
    ),
    Fault(
        "plain-crossing-holds",
        "reasons/plain.rs",
        "A job that begins later, but before this one would end, is not named for a plain job.",
        "self.in_order.meant(question.at, last, question.end)",
        "self.in_order.meant(question.at, last, question.at)",
        "reasons",
    ),
    Fault(
        "plain-later-jobs",
        "reasons/plain.rs",
        "Jobs that were placed after a plain one are blamed.",
        "let new = all.get(from..holds).unwrap_or_default()",
        "let new = all.get(from..).unwrap_or_default()",
        "reasons",
    ),
    Fault(
        "plain-end-of-window",
        "reasons/plain.rs",
        "Jobs that go on behind the end of a plain job's window are not named where its last second is missing.",
        "let last = if last < end { last } else { Time(i64::MAX) };",
        "",
        "reasons",
    ),
    Fault(
        "plain-leaving",
        "reasons/plain.rs",
        "Resources that leave in the last second that a plain job would run are not named.",
        "any(|entry| entry.until <= horizon)",
        "any(|entry| entry.until < horizon)",
        "reasons",
    ),
    Fault(
        "plain-alternatives",
        "reasons/plain.rs",
        "Of a job with several alternatives, only the shortest is looked at.",
        "self.starts_with_less(in_order, other, &removal.holds)? {",
        "self.starts_with_less(in_order, other, &[])? {",
        "reasons",
    ),
    Fault(
        "plain-alternatives-one-gone",
        "reasons/plain.rs",
        "Another alternative that would start without fewer jobs is thought to start only without one of them.",
        "if wanted.fits_anew(&with_it) {\n                return Some(true);",
        "if !wanted.fits_anew(&with_it) {\n                return Some(true);",
        "reasons",
    ),
    Fault(
        "plain-beaten",
        "reasons/plain.rs",
        "Another alternative that would start now is left aside wherever the plan has a place for the job.",
        "(assigned_end, assigned) < (end, alternative)",
        "(assigned_end, assigned) < (Time(i64::MAX), alternative.max(end.0 as usize))",
        "reasons",
    ),
    Fault(
        "plain-usage",
        "reasons/plain/used.rs",
        "The jobs in the way of a plain job still count in its quotas when they are gone.",
        "for (hold, counts) in &gone {",
        "for (hold, counts) in gone.iter().take(0) {",
        "reasons",
    ),
    Fault(
        "plain-usage-hidden",
        "reasons/plain/used.rs",
        "Scheduled besteffort jobs count in the quotas of a plain job.",
        "if (besteffort || !hold.hidden) && hold.is_counted() {",
        "if hold.is_counted() {",
        "reasons",
    ),
    Fault(
        "plain-window-limit",
        "reasons/plain.rs",
        "QUOTAS_WINDOW_TIME_LIMIT is not named for a plain job.",
        "filter(|window_end| end > *window_end)",
        "filter(|window_end| at > *window_end)",
        "reasons",
    ),
    Fault(
        "plain-container-gone",
        "reasons/plain.rs",
        "The inner jobs of a container in the way still count in the quotas of a plain job when it is gone.",
        "if gone.iter().any(|hold| hold.job.container_name().is_some()) {",
        "if gone.iter().any(|hold| hold.job.container_name().is_none() && false) {",
        "reasons",
    ),
    Fault(
        "plain-line-not-followed",
        "reasons/plain.rs",
        "What is in the way of a plain job is looked for on the timeline of an earlier job.",
        """\
            line.follow(self.gantt, key, holds);
""",
        "",
        "reasons",
    ),
]


def problems_of(faults: list[Fault], root: Path) -> list[str]:
    """What is wrong with the list itself: names that repeat, old texts that do not occur exactly once."""
    names = [fault.name for fault in faults]
    problems = [f"{name}: the name is there twice" for name in sorted(set(names)) if names.count(name) > 1]
    for fault in faults:
        file = root / SOURCE / fault.file
        count = file.read_text().count(fault.old) if file.is_file() else 0
        if count != 1:
            problems.append(f"{fault.name} has rotted: its old text occurs {count} times in {SOURCE}{fault.file}")
    return problems


def copy_workspace(to: Path) -> None:
    """Copies what git tracks or would track, as it is now. The copies are new files, so that cargo builds them anew."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        source, target = ROOT / name, to / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


class Bench:
    """A copy of the workspace, to be spoilt."""

    def __init__(self, copy: Path, target: Path, rounds: int | None):
        self.copy = copy
        # A fault may leave a name unused: no reason not to build it.
        flags = f"{os.environ.get('RUSTFLAGS', '')} --cap-lints=warn".strip()
        self.environment = os.environ | {
            "CARGO_TARGET_DIR": str(target), "RUSTFLAGS": flags, "SEED": "0", "SHRINK": "0",
        }  # fmt: skip
        self.rounds = rounds

    def cargo(self, test: str, *arguments: str) -> tuple[bool, str]:
        cargo = os.environ.get("CARGO", "cargo")
        file, _, rounds, _ = TESTS[test]
        environment = self.environment | {"ROUNDS": str(self.rounds or rounds)}
        run = subprocess.run(
            [cargo, "test", "--package", PACKAGE, "--test", file, *arguments],
            check=False, cwd=self.copy, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=PATIENCE,
        )  # fmt: skip
        return run.returncode == 0, run.stdout

    def build(self, test: str) -> str | None:
        """What the compiler says, if it does not build."""
        is_built, output = self.cargo(test, "--no-run")
        return None if is_built else output

    def first_seed(self, test: str) -> int | None:
        """The seed of the first round on which the test, or one of several, fails; `None`: it passes."""
        _, function, _, place = TESTS[test]
        passes, output = self.cargo(test, "--", function)
        if passes and re.search(r"^test result: ok\. [1-9]\d* passed", output, re.MULTILINE):
            return None
        seeds = re.findall(place, output, re.MULTILINE)
        if passes or not seeds:
            raise RuntimeError(f"{test}: neither did {function} pass nor did it name a round:\n{output}")
        return min(map(int, seeds))

    def check_unchanged(self, tests: set[str]) -> None:
        for test in sorted(tests):
            begin = time.monotonic()
            problem = self.build(test)
            if problem is None and (seed := self.first_seed(test)) is not None:
                problem = f"it fails at seed {seed}"
            if problem is not None:
                sys.exit(f"{test} on the unchanged engine: {problem}")
            print(f"passed  {'the unchanged engine':30} {test:12}               {time.monotonic() - begin:6.1f} s", flush=True)

    def verdict(self, fault: Fault) -> str:
        """`caught`, `missed` or `broken`, with what there is to say about it on a line."""
        file = self.copy / SOURCE / fault.file
        unchanged = file.read_text()
        begin = time.monotonic()
        try:
            file.write_text(unchanged.replace(fault.old, fault.new))
            problem = self.build(fault.test)
            seed = self.first_seed(fault.test) if problem is None else None
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            problem, seed = str(error), None
        finally:
            file.write_text(unchanged)
        seconds = time.monotonic() - begin
        if problem is not None:
            verdict, where = "broken", ""
            print(problem, file=sys.stderr)
        elif seed is None:
            verdict, where = "missed", ""
        else:
            verdict, where = "caught", f"{'line' if fault.test == 'regressions' else 'seed'} {seed}"
        print(f"{verdict}  {fault.name:30} {fault.test:12} {where:13} {seconds:6.1f} s", flush=True)
        return verdict


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], epilog="See docs/faults.md.")
    parser.add_argument("--only", metavar="NAME", action="append", help="just this fault (may be repeated)")
    parser.add_argument("--list", action="store_true", help="list the faults and make none")
    parser.add_argument("--check", action="store_true", help="only look whether a fault has rotted, and make none")
    parser.add_argument("--rounds", type=int, help="random rounds for each (default: 20000, 5000 for the reasons, 15 large ones)")
    options = parser.parse_args()

    faults = FAULTS
    if options.only:
        unknown = set(options.only) - {fault.name for fault in FAULTS}
        if unknown:
            sys.exit(f"no such fault: {', '.join(sorted(unknown))}")
        faults = [fault for fault in FAULTS if fault.name in options.only]
    if options.list:
        for fault in faults:
            print(f"{fault.name:30} {fault.test:12} {fault.file:22} {fault.wrong}")
        return

    if options.check:
        if problems := problems_of(faults, ROOT):
            sys.exit("\n".join(problems))
        print(f"{len(faults)} faults, none has rotted")
        return

    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target" / "faults")).absolute()
    target.mkdir(parents=True, exist_ok=True)
    with open(target / ".faults-lock", "w") as lock, tempfile.TemporaryDirectory(prefix="faults-") as directory:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"another run uses {target}")
        copy = Path(directory)
        copy_workspace(copy)
        if problems := problems_of(faults, copy):
            sys.exit("\n".join(problems))
        bench = Bench(copy, target, options.rounds)
        bench.check_unchanged({fault.test for fault in faults})
        verdicts = [bench.verdict(fault) for fault in faults]
    broken = verdicts.count("broken")
    print(f"{verdicts.count('caught')} caught, {verdicts.count('missed')} missed{f', {broken} broken' if broken else ''}")
    if verdicts.count("caught") < len(verdicts):
        sys.exit(1)


if __name__ == "__main__":
    main()
