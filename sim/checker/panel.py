"""The panel: a press is answered, and it never says that it scans when nothing is scanned."""

from collections.abc import Callable

from hal.errors import Sentence
from hal.panel import Button, Lamp
from sim.checker.image import URGENT
from sim.checker.known import Known

ASKS = ("Is this ", "Next view of ", "Image stored (")
"""Where the display says whose film SCAN scans."""
REJECTS = ("Reject the image of ", "STOP: ")
REJECT_BUTTONS = (Button.REJECT, Button.SCAN)
PAUSE_MAX_S = 180.0 + 60.0
"""docs/panel.md: the patient is asked for again after a pause of 3 minutes. What is on the display
since then, and was not touched, confirms nobody; a minute for a panel that is slow."""
CONFIRMS_MAX_S = 60.0  # later, another film may lie on the glass
SCAN_MAX_S = 3 * 3600.0
"""Half a minute, and of its thirty calls to disk and index each may take a minute when the disk is
slow; a scanner that does not answer is given up after far less."""

Violate = Callable[[str, str], None]


class PanelChecks:
    """One life's."""

    def __init__(
        self,
        known: Known,
        now_s: Callable[[], float],
        violate: Violate,
        answer_max_s: float,
        begins_max_s: float,
    ) -> None:
        """`answer_max_s`: for an answer. `begins_max_s`: between the lamp and its scan's begin or
        end.
        """
        self._answer_max_s = answer_max_s
        self._begins_max_s = begins_max_s
        self._is_ready = False
        self._known = known
        self._now_s = now_s
        self._violate = violate
        self._shown: Sentence | None = None
        self._alive_s = now_s()
        """When the display last said something, or a button was pressed."""
        self.looked_at: str | None = None
        """The image that was stored last."""
        self._unanswered_s: float | None = None
        self._is_working = False
        self._asked_s: float | None = None
        """Since when WORKING is lit for the present scan, or was to be and the panel failed."""
        self._scanning_since_s: float | None = None
        self._odd_since_s: float | None = None
        """Since when the lamp says what is not so."""
        self._pressed: list[tuple[float, str]] = []
        self.confirmed: list[str] = []
        """What the presses that the present scan may have begun with confirmed."""
        self._is_plate = False
        self._was_stored = False

    def ready(self) -> None:
        """From here on a press is answered."""
        self._is_ready = True

    def pressed(self, button: Button) -> None:
        self._known.seen.presses += 1
        if self._unanswered_s is None and self._is_ready:
            self._unanswered_s = self._now_s()
        if button is Button.SCAN and self._asks():
            self._pressed.append((self._now_s(), self._text))
        if button in REJECT_BUTTONS and self._text.startswith(REJECTS) and self.looked_at:
            self._known.may_reject.add(self.looked_at)
        self._alive_s = self._now_s()
        if button is Button.URGENT:
            self._pressed.append((self._now_s(), URGENT))

    def shown(self, sentence: Sentence) -> None:
        self.look()
        self._shown = sentence
        self._alive_s = self._now_s()
        self._unanswered_s = None

    @property
    def _text(self) -> str:
        return "" if self._shown is None else self._shown.en

    def _asks(self) -> bool:
        is_fresh = self._now_s() - self._alive_s <= PAUSE_MAX_S
        return is_fresh and self._text.startswith(ASKS)

    def to_be_lit(self, lamp: Lamp, on: bool) -> None:
        if lamp is Lamp.WORKING and on and self._asked_s is None:
            self._asked_s = self._now_s()

    def lit(self, lamp: Lamp, on: bool) -> None:
        self.look()
        if lamp is Lamp.WORKING:
            self._is_working = on
            self._note()

    @property
    def scans_plate(self) -> bool:
        return self._scanning_since_s is not None and self._is_plate

    def scan_started(self, *, is_plate: bool) -> None:
        """It was confirmed by one of the presses since the scan before, and just now; or just
        before WORKING was lit, if a cassette reader was asked in between.
        """
        asked_s = self._now_s() if self._asked_s is None else self._asked_s
        since_s = asked_s - CONFIRMS_MAX_S
        self._is_plate, self._was_stored = is_plate, False
        self.confirmed = [shown for at_s, shown in self._pressed if at_s >= since_s]
        self._pressed.clear()
        self._scanning_since_s = self._now_s()
        self._note()

    def rows_arrived(self, film: int | None) -> None:
        is_of_film = self._scanning_since_s is not None and not self._is_plate
        if film is not None and is_of_film:
            self._known.confirmed.setdefault(film, set()).update(self.confirmed)

    def scan_stored(self, uid: str) -> None:
        self._was_stored = True
        self.looked_at = uid
        self._ended()

    def scan_failed(self) -> None:
        """Before it began, too: nothing can be scanned."""
        if self._was_stored and not self._pressed:
            self._violate("what is stored has not failed", "both were told of one scan")
        self._ended()

    def _ended(self) -> None:
        self._scanning_since_s = self._asked_s = None
        self._note()

    def look(self) -> None:
        """Also when nothing happens any more."""
        now_s = self._now_s()
        if self._unanswered_s is not None and now_s - self._unanswered_s > self._answer_max_s:
            self._violate("a press is answered", f"none since {self._unanswered_s:.1f} s")
        if self._odd_since_s is not None and now_s - self._odd_since_s > self._begins_max_s:
            what = "is lit and nothing is scanned" if self._is_working else "is dark in a scan"
            self._violate("WORKING says whether a scan runs", f"it {what}")
        began_s = self._scanning_since_s
        if began_s is not None and now_s - began_s > SCAN_MAX_S:
            self._violate("a scan ends", f"not the one of {began_s:.1f} s")

    def _note(self) -> None:
        self.look()
        if self._is_working == (self._scanning_since_s is not None):
            self._odd_since_s = None
        elif self._odd_since_s is None:
            self._odd_since_s = self._now_s()
