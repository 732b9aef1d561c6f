"""Where an instance stands on its way to one destination, and every move it can make.

The three promises are visible here: SENT is entered only by an accepting response, COMMITTED
only by the archive's own commitment, and nothing leaves COMMITTED.
"""

from enum import Enum


class State(Enum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    AWAITING = "awaiting"
    COMMITTED = "committed"
    HELD = "held"


class Happened(Enum):
    LEASED = "leased"
    ACCEPTED = "accepted"
    NOT_DELIVERED = "not delivered"
    REFUSED = "refused"
    INTERRUPTED = "interrupted"
    COMMITMENT_ASKED = "commitment asked"
    COMMITMENT_NOT_TAKEN = "commitment not taken"
    COMMITTED = "committed"
    COMMITMENT_DENIED = "commitment denied"
    COMMITMENT_SILENT = "commitment silent"
    RELEASED = "released"


MOVES: dict[tuple[State, Happened], State] = {
    (State.QUEUED, Happened.LEASED): State.SENDING,
    (State.SENDING, Happened.ACCEPTED): State.SENT,
    (State.SENDING, Happened.NOT_DELIVERED): State.QUEUED,
    (State.SENDING, Happened.REFUSED): State.HELD,
    # A node that died in mid-send cannot know: it sends again, the archive tells duplicates.
    (State.SENDING, Happened.INTERRUPTED): State.QUEUED,
    (State.SENT, Happened.COMMITMENT_ASKED): State.AWAITING,
    (State.AWAITING, Happened.COMMITMENT_NOT_TAKEN): State.SENT,
    (State.AWAITING, Happened.COMMITTED): State.COMMITTED,
    (State.AWAITING, Happened.COMMITMENT_DENIED): State.QUEUED,
    (State.AWAITING, Happened.COMMITMENT_SILENT): State.SENT,
    (State.HELD, Happened.RELEASED): State.QUEUED,
}


class ImpossibleMove(RuntimeError):
    """A move that the table does not have: a bug here, never a peer's doing."""


def after(state: State, happened: Happened) -> State:
    try:
        return MOVES[state, happened]
    except KeyError:
        raise ImpossibleMove(f"{happened.value} in state {state.value}") from None
