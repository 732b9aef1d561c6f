"""`pytest tests/hardware --device film-scanner`: the contracts, on what stands on the bench."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--device",
        action="append",
        default=[],
        choices=["film-scanner"],
        help="test this real device; it must be switched on and ready",
    )
