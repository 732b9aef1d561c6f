"""`sapi-node explore`: many simulated lives, or one of them again."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from firmware.tables import table
from firmware.told_plainly import EXIT_FAILED, print_json
from sim.explore import DAYS_A_YEAR, Outcome, Summary, all_cores, try_all, try_seed
from sim.timeline.page import write_page
from sim.trace import Trace

DAYS = 7.0  # every weekday, the weekend, and the archive's longest patience
SEEDS = 100


def explore(
    seeds: Annotated[int, typer.Option(min=1, help="How many worlds.")] = SEEDS,
    days: Annotated[float, typer.Option(min=0.1, help="How long each of them lasts.")] = DAYS,
    first: Annotated[int, typer.Option(help="The first seed.")] = 1,
    seed: Annotated[int | None, typer.Option(help="This one alone, in words.")] = None,
    trace: Annotated[
        Path | None, typer.Option(help="With --seed: draw that life into this HTML file.")
    ] = None,
    jobs: Annotated[
        int, typer.Option(min=0, help="How many at a time; 0: one a processor core.")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead.")] = False,
) -> None:
    """Live through simulated days with every fault, from numbers that repeat them; look for harm.

    Ends with 1 when a promise was broken, and says how to see it again.
    """
    if seed is not None:
        _again(seed, days, trace, as_json=as_json)
        return
    if trace is not None:
        raise typer.BadParameter("--trace draws one life: give its --seed")
    summary = Summary()
    try:
        numbers = range(first, first + seeds)
        for outcome in try_all(numbers, partial(try_seed, days=days), jobs or all_cores()):
            summary.add(outcome)
            _tell(outcome, summary, seeds, quiet=as_json)
    except KeyboardInterrupt:
        typer.echo(f"stopped after {summary.seeds} of {seeds} seeds", err=True)
    _report(summary, as_json=as_json)
    if summary.broken or summary.blind:
        raise typer.Exit(EXIT_FAILED)


def _again(seed: int, days: float, page: Path | None, *, as_json: bool) -> None:
    kept = Trace(lines_max=None) if page is not None else None
    outcome = try_seed(seed, days, trace=kept)
    if as_json:
        print_json(_violation(outcome) if outcome.violation else {"seed": seed, "violation": None})
    elif outcome.violation is not None:
        _print_violation(outcome)
    else:
        typer.echo(f"Seed {seed}, {days:g} days: every promise was kept. {outcome.digest}")
    if page is not None and kept is not None:
        write_page(page, outcome, kept)
        typer.echo(f"Drawn: {page}", err=True)
    if outcome.violation is not None:
        raise typer.Exit(EXIT_FAILED)


def _tell(outcome: Outcome, summary: Summary, seeds: int, *, quiet: bool) -> None:
    if sys.stderr.isatty():
        typer.echo(f"\r\033[K{_so_far(summary)} of {seeds}", err=True, nl=False)
    if outcome.violation is not None and not quiet:
        typer.echo("", err=True)
        _print_violation(outcome)


def _so_far(summary: Summary) -> str:
    return (
        f"{summary.years:.1f} simulated years, {summary.seeds_a_s:.2f} seeds/s,"
        f" {len(summary.broken)} violations, {summary.seeds} seeds"
    )


def _print_violation(outcome: Outcome) -> None:
    for line in outcome.last:
        typer.echo(f"  {line}")
    typer.secho(f"Seed {outcome.seed}: {outcome.violation}", fg=typer.colors.RED)
    typer.echo(f"  {outcome.knobs}")
    typer.echo(f"  To see it again: {outcome.replay}")


def _report(summary: Summary, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "seeds": summary.seeds,
                "simulated_years": round(summary.years, 3),
                "seconds": round(summary.elapsed_s, 1),
                "seeds_per_s": round(summary.seeds_a_s, 3),
                "faults": dict(sorted(summary.faults.items())),
                "looked_at": dict(summary.seen),
                "never_looked_at": summary.blind,
                "violations": [_violation(outcome) for outcome in summary.broken],
            }
        )
        return
    console = Console()
    for title, counts in (("Faults that struck", summary.faults), ("Looked at", summary.seen)):
        rows = [{"what": name, "times": count} for name, count in sorted(counts.items())]
        console.print(table(title, ("what", "times"), rows))
    rate = 3600 * summary.years / max(summary.elapsed_s, 1e-9)
    console.print(
        f"{summary.seeds} seeds, {_span(summary.years)} simulated in {summary.elapsed_s:.0f} s:"
        f" {summary.seeds_a_s:.2f} seeds/s, {rate:.0f} years an hour.\n"
        f"Violations: {len(summary.broken)}"
    )
    for outcome in summary.broken:
        console.print(f"  {outcome.violation}\n    {outcome.replay}", style="red", markup=False)
    if summary.blind:
        console.print(f"Never had anything to look at: {', '.join(summary.blind)}", style="red")


def _span(years: float) -> str:
    return f"{years:.1f} years" if years >= 1 else f"{years * DAYS_A_YEAR:.0f} days"


def _violation(outcome: Outcome) -> dict[str, Any]:
    violation = outcome.violation
    assert violation is not None  # noqa: S101
    return {
        "seed": outcome.seed,
        "days": outcome.days,
        "invariant": violation.invariant,
        "detail": violation.detail,
        "day": round(violation.at_s / 86_400.0, 3),
        "replay": outcome.replay,
    }
