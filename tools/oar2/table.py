"""The outcomes of the scenarios and the stories side by side, as Markdown."""

from .outcome import Outcome
from .run import Batch, Run
from .scenarios import Scenario
from .story import Ending, Story

HEADINGS = {"plan": "plan", "order": "started", "states": "ends as", "where": "cores"}
THE_SAME = "the same"
STORY_HEADINGS = {"course": "states", "events": "events", "told": "terminal", "where": "cores", "seen": "seen"}


def scenario_table(runs: dict[str, Run]) -> str:
    """A row for each scenario, a column for each scheduler."""
    lines = heading("scenario", runs)
    for batches in zip(*(run.batches for run in runs.values()), strict=True):
        columns = as_the_one_before(list(runs), cells(batches))
        lines.append(row([title(batches[0].scenario), *columns, batches[0].scenario.note]))
    return "".join(lines)


def story_table(runs: dict[str, Run]) -> str:
    """The same for the stories, which are told of meta-schedulers alone."""
    told = {name: run for name, run in runs.items() if run.tellings}
    lines = heading("what happens", told)
    for tellings in zip(*(run.tellings for run in told.values()), strict=True):
        endings = [parts(telling.ending, STORY_HEADINGS) for telling in tellings]
        columns = [lines_of(unlike_the_first(endings[0], ending, index), STORY_HEADINGS) for index, ending in enumerate(endings)]
        lines.append(row([title(tellings[0].story), *columns, tellings[0].story.note]))
    return "".join(lines)


def heading(what: str, runs: dict[str, Run]) -> list[str]:
    return [row([what, *runs, "the difference"]), row(["---"] * (len(runs) + 2))]


def title(told: Scenario | Story) -> str:
    return f"**{told.name}**<br>{told.about}"


def row(cells: list[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def cells(batches: tuple[Batch, ...]) -> list[str]:
    """The first scheduler's outcome, and of the others only what differs from it."""
    outcomes = [parts(batch.outcome, HEADINGS) for batch in batches]
    columns = []
    for index, (outcome, batch) in enumerate(zip(outcomes, batches, strict=True)):
        lines = [lines_of(unlike_the_first(outcomes[0], outcome, index), HEADINGS)]
        lines += [f"*message of {job}*: `{batch.outcome.messages[job]}`" for job in batch.expected.messages]
        columns.append("<br>".join(lines))
    return columns


def as_the_one_before(names: list[str], columns: list[str]) -> list[str]:
    """Says of a column that it is as the one before, which differs from the first."""
    pairs = zip(columns[1:], columns[2:], strict=False)
    later = [one if one != before or one == THE_SAME else f"as {name}" for name, (before, one) in zip(names[1:], pairs, strict=False)]
    return [*columns[:2], *later]


def parts(outcome: Outcome | Ending, headings: dict[str, str]) -> dict[str, str]:
    return {name: text for name in headings if (text := getattr(outcome, name))}


def unlike_the_first(first: dict[str, str], one: dict[str, str], index: int) -> dict[str, str]:
    return {name: text for name, text in one.items() if index == 0 or text != first.get(name)}


def lines_of(parts: dict[str, str], headings: dict[str, str]) -> str:
    return "<br>".join(f"*{headings[name]}*: {text}" for name, text in parts.items()) or THE_SAME
