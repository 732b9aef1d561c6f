"""Draws docs/panel.md from the panel's own tables: `python -m firmware.panel_document`."""

from collections.abc import Mapping
from pathlib import Path

from firmware.panel_screens import HEADINGS, SENTENCES
from firmware.panel_workflow import AFTER_URGENT, TABLE, Action, Happened, State, Trigger
from hal.panel import Button

DOCUMENT = Path("docs/panel.md")
HEAD = """# The panel

Drawn from `firmware/panel_workflow.py` by `python -m firmware.panel_document`; a test holds the two
together. Each cell: what is done, and the state after it (none: it stays).

- A SCAN, REJECT or SEND press counts only for what the display has shown for a quarter of a second:
  else, or where a message lies over the patient, the state is shown again and nothing is done.
- A stored image is due when it was accepted, or after `look_s`, whatever becomes of the panel. An
  urgent one does not wait.
- A patient who was confirmed stays so until `confirm_s` without a press; an examination ends by
  SEND, or `examination_s` after its last image. Orders that are done come last.
- Each URGENT scan is a patient of its own until a person says whose it is.
- What became of images on their way is said between two patients, one thing after the other, and
  each once an hour at most; the network lamp follows at once. It goes from the display by a press,
  or when an image comes through.
"""


def document() -> str:
    return "\n".join(
        (
            HEAD,
            "## Presses\n",
            *_grid(tuple(Button)),
            "\n## Codes, scans and time\n",
            *_grid(tuple(Happened)),
            "\n## Different after URGENT\n",
            "| state | what happens | what is done |",
            "|---|---|---|",
            *(f"| {s.value} | {_name(t)} | {_cell(AFTER_URGENT, s, t)} |" for s, t in AFTER_URGENT),
            "\n## What the display says\n",
            "| state | heading | sentence |",
            "|---|---|---|",
            *(f"| {s.value} | {HEADINGS[s].fr} | {SENTENCES[s].fr} |" for s in State),
            "\n## The states\n",
            "```mermaid",
            "stateDiagram-v2",
            *_arrows(),
            "```",
            "",
        )
    )


def _grid(triggers: tuple[Trigger, ...]) -> list[str]:
    names = [_name(trigger) for trigger in triggers]
    rows = [
        f"| **{state.value}** | "
        + " | ".join(_cell(TABLE, state, trigger) for trigger in triggers)
        + " |"
        for state in State
    ]
    return [f"| | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|", *rows]


def _cell(
    table: Mapping[tuple[State, Trigger], tuple[State, Action]], state: State, trigger: Trigger
) -> str:
    if (state, trigger) not in table:
        return "-"
    target, action = table[state, trigger]
    return action.value if target is state else f"{action.value} → **{target.value}**"


def _arrows() -> list[str]:
    by_pair: dict[tuple[State, State], list[str]] = {}
    for (state, trigger), (target, _) in TABLE.items():
        if target is not state and trigger is not Button.URGENT:
            by_pair.setdefault((state, target), []).append(_name(trigger))
    return [f"    {a.name} --> {b.name}: {', '.join(names)}" for (a, b), names in by_pair.items()]


def _name(trigger: Trigger) -> str:
    return trigger.name if isinstance(trigger, Button) else trigger.value


if __name__ == "__main__":
    DOCUMENT.write_text(document(), "utf-8")
