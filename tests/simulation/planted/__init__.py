"""Mistakes that the seeded world must find, in the node and in what looks at it.

Those of the store, the index and the outbox are tests/chaos/planted.py's; what only a whole life
shows is here. A name says the mistake; the function makes it.
"""

from tests.simulation.planted import corrections, keeping, looking, panel, plates, sending
from tests.simulation.planted.planting import BUGS

__all__ = ["BUGS", "corrections", "keeping", "looking", "panel", "plates", "sending"]
