"""The stored captures; tests/data/array/README.md says how each was made."""

from pathlib import Path

CAPTURES = Path(__file__).parents[3] / "data" / "array"


def capture(name: str) -> str:
    return (CAPTURES / name).read_text("utf-8")


def md_attributes(name: str) -> dict[str, str]:
    """`{"dev-vda/state": "in_sync", ...}`"""
    lines = capture(f"mdadm/{name}/sysfs.txt").splitlines()
    return dict(line.split("=", 1) for line in lines)
