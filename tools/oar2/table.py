"""The outcomes of the scenarios side by side, as Markdown."""

from .outcome import Outcome
from .run import Batch, Run
from .scenarios import Scenario

HEADINGS = {"plan": "plan", "order": "started", "states": "ends as", "where": "cores"}


def table(runs: dict[str, Run]) -> str:
    """A row for each scenario, a column for each scheduler."""
    lines = [row(["scenario", *runs, "the difference"]), row(["---"] * (len(runs) + 2))]
    for batches in zip(*(run.batches for run in runs.values()), strict=True):
        lines.append(row([title(batches[0].scenario), *cells(batches), batches[0].scenario.note]))
    return "".join(lines)


def title(scenario: Scenario) -> str:
    return f"**{scenario.name}**<br>{scenario.about}"


def row(cells: list[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def cells(batches: tuple[Batch, ...]) -> list[str]:
    """The first scheduler's outcome, and of the others only what differs from it."""
    first = parts(batches[0].outcome)
    return [cell(first, batches[0])] + [
        cell({name: text for name, text in parts(batch.outcome).items() if text != first.get(name)}, batch, like_the_first="the same") for batch in batches[1:]
    ]


def parts(outcome: Outcome) -> dict[str, str]:
    return {name: text for name in HEADINGS if (text := getattr(outcome, name))}


def cell(parts: dict[str, str], batch: Batch, like_the_first: str = "") -> str:
    lines = [f"*{HEADINGS[name]}*: {text}" for name, text in parts.items()] or [like_the_first]
    lines += [f"*message of {job}*: `{batch.outcome.messages[job]}`" for job in batch.expected.messages]
    return "<br>".join(lines)
