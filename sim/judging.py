"""The technician looks at an image that was just stored, and decides of it, or does not.

A film whose image she rejected is scanned again, whatever the display then said.
"""

from dataclasses import dataclass

from hal.panel import Button
from sim.at_the_panel import QUESTION, REJECTED, AtThePanel
from sim.panel_habits import LookHabits
from sim.seeded_devices import PanelFor

LOOKS_S = (1.0, 90.0)  # within the two minutes that an image waits, mostly
AWAY_S = (150.0, 10 * 3600.0)
AGAIN_MAX = 3
REASONS = 7  # firmware.panel_workflow.Reason
WRONG_PATIENT = 5
TRIES = 3
"""A press may not be felt."""


@dataclass
class Judging:
    hands: AtThePanel
    habits: LookHabits

    def keeps(self, panel: PanelFor, *, is_wrong: bool) -> bool:
        """Whether the film may go: its image was stored before her eyes. `is_wrong`: she sees that
        it is another patient's."""
        hands, habits = self.hands, self.habits
        if not is_wrong and not hands.happens(habits.decides):
            return True
        hands.sleep(hands.chance.uniform(*LOOKS_S))
        if is_wrong or hands.happens(habits.rejects):
            reason = WRONG_PATIENT if is_wrong else hands.chance.randrange(REASONS)
            return not self._reject(panel, reason)
        self._decide(panel, Button.SEND if hands.happens(habits.sends) else Button.NEXT)
        return True

    def _reject(self, panel: PanelFor, reason: int) -> bool:
        """False: she has thought better of it."""
        hands = self.hands
        for _ in range(TRIES):
            if hands.says_stored(panel):
                self._decide(panel, Button.REJECT)
        if hands.happens(self.habits.hesitates):
            if hands.happens(0.5) and hands.says(panel, QUESTION):
                hands.press(panel, Button.SEND)
                return False
            hands.sleep(hands.chance.uniform(*AWAY_S))
        for _ in range(reason):
            if hands.says(panel, QUESTION):
                hands.press(panel, Button.NEXT)
        for _ in range(TRIES):
            if hands.says(panel, QUESTION) and not hands.says(panel, REJECTED):
                hands.press(panel, Button.REJECT)
        return True

    def _decide(self, panel: PanelFor, button: Button) -> None:
        hands = self.hands
        hands.press(panel, button)
        if hands.happens(self.habits.presses_too_often):
            for _ in range(hands.chance.randint(1, AGAIN_MAX)):
                hands.press(panel, button)
