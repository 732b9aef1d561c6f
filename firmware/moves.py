"""Where an instance stands on its way to one destination, and every move it can make.

The three promises are visible here: SENT is entered only by an accepting response or by the same
bytes found there, COMMITTED only by the archive's own commitment, and nothing leaves COMMITTED.
"""

from enum import Enum


class State(Enum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    UNPROVEN = "unproven"
    """The archive says that it has one with this UID already. Whether it is ours is not known."""
    AWAITING = "awaiting"
    UNPROVEN_AWAITING = "unproven, awaiting"
    CONFIRMED = "confirmed by query"
    """The archive listed it when it was asked. It has promised nothing."""
    COMMITTED = "committed"
    HELD = "held"
    """A person decides: it was refused or denied for good, or somebody held it."""
    WITHDRAWN = "withdrawn"
    """Not to be sent any more: it was rejected, or another instance is in its place."""


class Happened(Enum):
    LEASED = "leased"
    ACCEPTED = "accepted"
    NOT_DELIVERED = "not delivered"
    NOT_REACHED = "not reached"
    """The line or the archive as a whole failed: nothing is known of this image."""
    GAVE_WAY = "gave way"
    """To an urgent one."""
    REFUSED_FOR_NOW = "refused, tried again"
    REFUSED = "refused"
    INTERRUPTED = "interrupted"
    SAID_DUPLICATE = "said to be a duplicate"
    SAME_CONTENT = "found there with the same content"
    OTHER_CONTENT = "found there with other content"
    COULD_NOT_COMPARE = "could not be compared"
    COMMITMENT_ASKED = "commitment asked"
    COMMITMENT_NOT_TAKEN = "commitment not taken"
    COMMITTED = "committed"
    COMMITMENT_DENIED = "commitment denied"
    DENIED_FOR_GOOD = "denied for good"
    COMMITMENT_SILENT = "commitment silent"
    LISTED = "listed"
    NOT_LISTED = "not listed"
    HELD_BY_PERSON = "held by a person"
    HURRIED = "due now, by a person"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"


_S, _H = State, Happened
MOVES: dict[tuple[State, Happened], State] = {
    (_S.QUEUED, _H.LEASED): _S.SENDING,
    (_S.SENDING, _H.ACCEPTED): _S.SENT,
    (_S.SENDING, _H.NOT_DELIVERED): _S.QUEUED,
    (_S.SENDING, _H.NOT_REACHED): _S.QUEUED,
    (_S.SENDING, _H.GAVE_WAY): _S.QUEUED,
    (_S.SENDING, _H.REFUSED_FOR_NOW): _S.QUEUED,
    (_S.SENDING, _H.REFUSED): _S.HELD,
    # A node that died in mid-send cannot know: it sends again, the archive tells duplicates.
    (_S.SENDING, _H.INTERRUPTED): _S.QUEUED,
    (_S.SENDING, _H.SAID_DUPLICATE): _S.UNPROVEN,
    (_S.UNPROVEN, _H.SAME_CONTENT): _S.SENT,
    (_S.UNPROVEN, _H.OTHER_CONTENT): _S.HELD,
    (_S.UNPROVEN, _H.COULD_NOT_COMPARE): _S.UNPROVEN,
    (_S.UNPROVEN, _H.COMMITMENT_ASKED): _S.UNPROVEN_AWAITING,
    (_S.UNPROVEN, _H.LISTED): _S.CONFIRMED,
    (_S.UNPROVEN, _H.NOT_LISTED): _S.UNPROVEN,
    (_S.UNPROVEN, _H.COMMITMENT_DENIED): _S.QUEUED,
    (_S.UNPROVEN, _H.DENIED_FOR_GOOD): _S.HELD,
    (_S.UNPROVEN_AWAITING, _H.COMMITMENT_NOT_TAKEN): _S.UNPROVEN,
    (_S.UNPROVEN_AWAITING, _H.COMMITTED): _S.COMMITTED,
    (_S.UNPROVEN_AWAITING, _H.COMMITMENT_DENIED): _S.QUEUED,
    (_S.UNPROVEN_AWAITING, _H.DENIED_FOR_GOOD): _S.HELD,
    (_S.UNPROVEN_AWAITING, _H.COMMITMENT_SILENT): _S.UNPROVEN,
    (_S.SENT, _H.COMMITMENT_ASKED): _S.AWAITING,
    (_S.SENT, _H.LISTED): _S.CONFIRMED,
    (_S.SENT, _H.NOT_LISTED): _S.SENT,
    # Accepted, but never listed: as if it had been denied.
    (_S.SENT, _H.COMMITMENT_DENIED): _S.QUEUED,
    (_S.SENT, _H.DENIED_FOR_GOOD): _S.HELD,
    # It had no commitment when it was confirmed, and has it now.
    (_S.CONFIRMED, _H.COMMITMENT_ASKED): _S.AWAITING,
    (_S.AWAITING, _H.COMMITMENT_NOT_TAKEN): _S.SENT,
    (_S.AWAITING, _H.COMMITTED): _S.COMMITTED,
    (_S.AWAITING, _H.COMMITMENT_DENIED): _S.QUEUED,
    (_S.AWAITING, _H.DENIED_FOR_GOOD): _S.HELD,
    (_S.AWAITING, _H.COMMITMENT_SILENT): _S.SENT,
    (_S.QUEUED, _H.HELD_BY_PERSON): _S.HELD,
    (_S.QUEUED, _H.HURRIED): _S.QUEUED,
    (_S.HELD, _H.RELEASED): _S.QUEUED,
    (_S.QUEUED, _H.WITHDRAWN): _S.WITHDRAWN,
    (_S.HELD, _H.WITHDRAWN): _S.WITHDRAWN,
}

AGAIN_LATER = {
    _H.NOT_DELIVERED,
    _H.REFUSED_FOR_NOW,
    _H.COULD_NOT_COMPARE,
    _H.COMMITMENT_NOT_TAKEN,
    _H.COMMITMENT_DENIED,
    _H.COMMITMENT_SILENT,
    _H.NOT_LISTED,
}
"""Not before a wait that doubles with each try. What was NOT_REACHED keeps its turn: the line's
wait is the destination's."""
COUNTED = AGAIN_LATER | {_H.NOT_REACHED}
"""One more try."""
REFUSALS = {_H.REFUSED_FOR_NOW, _H.REFUSED, _H.COMMITMENT_DENIED, _H.DENIED_FOR_GOOD}
"""One more refusal of the image itself; so many that the configuration says, and it is HELD."""
ANEW = {_H.ACCEPTED, _H.SAID_DUPLICATE, _H.SAME_CONTENT, _H.COMMITTED, _H.LISTED, _H.RELEASED}
"""Tries and the last error were of what is over now. Refusals stay until COMMITTED or RELEASED: an
archive that accepts and then denies would be sent the same film without end."""
OWN_BYTES = {_H.ACCEPTED, _H.SAME_CONTENT}
"""The archive has what was sent. After SAID_DUPLICATE nobody knows, until one of these: it may list
or commit to that UID, but what it keeps may be another's, and the only copy of ours is here."""
FORGIVEN = {_H.COMMITTED, _H.LISTED, _H.RELEASED}
REPEATED = {
    _H.LEASED,
    _H.NOT_DELIVERED,
    _H.NOT_REACHED,
    _H.GAVE_WAY,
    _H.COMMITMENT_ASKED,
    _H.COMMITMENT_NOT_TAKEN,
    _H.COMMITMENT_SILENT,
    _H.NOT_LISTED,
    _H.COULD_NOT_COMPARE,
}
"""In a streak of failures these come again and again, and say nothing new: the trail has the first
failure with its reason, and the end of the streak with how many tries it took."""


class ImpossibleMove(RuntimeError):
    """A move that the table does not have: a bug here, never a peer's doing."""


def after(state: State, happened: Happened) -> State:
    try:
        return MOVES[state, happened]
    except KeyError:
        raise ImpossibleMove(f"{happened.value} in state {state.value}") from None
