"""The panel: a press is answered, and it never says that it scans when nothing is scanned."""

from collections.abc import Callable

from hal.errors import Sentence
from hal.panel import Button, Lamp
from sim.checker.image import URGENT
from sim.checker.known import Known

CONFIRMS_MAX_S = 60.0  # later, another film may lie on the glass
SCAN_MAX_S = 3 * 3600.0
"""Half a minute, and of its thirty calls to disk and index each may take a minute when the disk is
slow; a scanner that does not answer is given up after far less."""

Violate = Callable[[str, str], None]


class PanelChecks:
    """One life's."""

    def __init__(
        self, known: Known, now_s: Callable[[], float], violate: Violate, answer_max_s: float
    ) -> None:
        """`answer_max_s`: for an answer, and for the lamp to follow a scan's begin and end."""
        self._answer_max_s = answer_max_s
        self._is_ready = False
        self._known = known
        self._now_s = now_s
        self._violate = violate
        self._shown: Sentence | None = None
        self._unanswered_s: float | None = None
        self._is_working = False
        self._scanning_since_s: float | None = None
        self._odd_since_s: float | None = None
        """Since when the lamp says what is not so."""
        self._pressed: list[tuple[float, str]] = []
        self._confirmed: list[str] = []

    def ready(self) -> None:
        """From here on a press is answered."""
        self._is_ready = True

    def pressed(self, button: Button) -> None:
        self._known.seen.presses += 1
        if self._unanswered_s is None and self._is_ready:
            self._unanswered_s = self._now_s()
        if button is Button.SCAN and self._shown is not None:
            self._pressed.append((self._now_s(), self._shown.en))
        if button is Button.URGENT:
            self._pressed.append((self._now_s(), URGENT))

    def shown(self, sentence: Sentence) -> None:
        self.look()
        self._shown = sentence
        self._unanswered_s = None

    def lit(self, lamp: Lamp, on: bool) -> None:
        self.look()
        if lamp is Lamp.WORKING:
            self._is_working = on
            self._note()

    def scan_started(self) -> None:
        """It was confirmed by one of the presses since the scan before, and just now."""
        since_s = self._now_s() - CONFIRMS_MAX_S
        self._confirmed = [shown for at_s, shown in self._pressed if at_s >= since_s]
        self._pressed.clear()
        self._scanning_since_s = self._now_s()
        self._note()

    def rows_arrived(self, film: int | None) -> None:
        if film is not None:
            self._known.confirmed.setdefault(film, set()).update(self._confirmed)

    def scan_ended(self) -> None:
        self._scanning_since_s = None
        self._note()

    def look(self) -> None:
        """Also when nothing happens any more."""
        now_s = self._now_s()
        if self._unanswered_s is not None and now_s - self._unanswered_s > self._answer_max_s:
            self._violate("a press is answered", f"none since {self._unanswered_s:.1f} s")
        if self._odd_since_s is not None and now_s - self._odd_since_s > self._answer_max_s:
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
