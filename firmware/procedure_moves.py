"""What the RIS is told of a procedure step, and every change of that, as a table (PS3.4 F.1-4)."""

from enum import Enum, auto


class Step(Enum):
    TO_CREATE = "to create"
    CREATED = "created"
    """IN PROGRESS at the RIS; there is nothing to tell until the examination ends."""
    TO_SET = "to set"
    DONE = "done"
    HELD_CREATE = "held before create"
    HELD_SET = "held before set"
    """Refused: a person has to do something, then release it."""


class Told(Enum):
    TAKEN = auto()
    """By the RIS. A create that it calls a duplicate is this: the UID is ours alone, so what it has
    came from us, and its answer was lost."""
    ENDED = auto()
    """Here: the examination was closed."""
    UNKNOWN = auto()
    """The RIS has no such step any more: it is created again, and then set."""
    REFUSED = auto()
    RELEASED = auto()


MOVES: dict[tuple[Step, Told], Step] = {
    (Step.TO_CREATE, Told.TAKEN): Step.CREATED,
    (Step.TO_CREATE, Told.REFUSED): Step.HELD_CREATE,
    (Step.CREATED, Told.ENDED): Step.TO_SET,
    (Step.TO_SET, Told.TAKEN): Step.DONE,
    (Step.TO_SET, Told.UNKNOWN): Step.TO_CREATE,
    (Step.TO_SET, Told.REFUSED): Step.HELD_SET,
    (Step.HELD_CREATE, Told.RELEASED): Step.TO_CREATE,
    (Step.HELD_SET, Told.RELEASED): Step.TO_SET,
}
TO_TELL = (Step.TO_CREATE, Step.TO_SET)
HELD = (Step.HELD_CREATE, Step.HELD_SET)
