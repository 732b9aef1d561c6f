"""`python -m firmware` and the `sapi-node` command."""

from importlib import import_module
from importlib.util import find_spec

from firmware.cli import app


def main() -> None:
    if find_spec("sim") is not None:  # an appliance may be installed without it
        import_module("sim.commands").mount(app)
    app(prog_name="sapi-node")


if __name__ == "__main__":
    main()
