"""Wire transcripts: `>` what the host sends, `<` what the device answers, in hex.

A line that begins with neither goes on with the one before; `;` and `#` begin remarks.
"""

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Turn:
    from_host: bool
    data: bytes


def read_transcript(name: str) -> list[Turn]:
    text = (FOLDER / name).read_text(encoding="utf-8")
    turns: list[Turn] = []
    for line in text.splitlines():
        said = line.split("#")[0].split(";")[0].strip()
        if said[:1] in ("<", ">"):
            turns.append(Turn(said[0] == ">", bytes.fromhex(said[1:])))
        elif said:
            turns[-1] = Turn(turns[-1].from_host, turns[-1].data + bytes.fromhex(said))
    return turns
