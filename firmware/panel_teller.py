"""What stands on the panel: the state of the work, or what happened, over it; and the lamps."""

from dataclasses import dataclass, field

from firmware.duplicates import OTHER_CONTENT
from firmware.events import (
    Adopted,
    ArrayChanged,
    CalibrationIgnored,
    CertificateEnds,
    CommitmentDenied,
    CommitmentNotTaken,
    Compared,
    Event,
    FellBack,
    FetchedBack,
    FileDamaged,
    FilmFound,
    NotFetchedBack,
    NotSent,
    QueueTrouble,
    Recovered,
    Rejected,
    RowsArrived,
    SaidDuplicate,
    SameFilm,
    Sent,
    SpaceLow,
    WorkerFailed,
)
from firmware.line_news import LineNews
from firmware.panel_faults import PanelFaults, Trouble
from firmware.panel_screens import screen_of, with_message
from firmware.panel_sentences import (
    COMES_BACK,
    DAMAGED,
    FELL_BACK,
    OTHER_SCANNER,
    RECOVERED,
    SENT_WITH_WARNING,
    SPACE_LOW,
)
from firmware.panel_told import film_found, not_restored, recovered, rejected, restored
from firmware.panel_workflow import NO_SCAN_RUNS, State, Workflow
from firmware.plate_events import KeptPlateStored, PlateFound, PlateTrouble
from firmware.plate_sentences import plate_found
from firmware.steady_panel import SteadyPanel
from hal.clock import Clock
from hal.errors import Sentence
from hal.panel import Lamp, Screen, Sound

PROGRESS_STEPS = 20  # a display of one line is not rewritten for every block of rows


@dataclass
class PanelTeller:
    """Of the panel worker: what it is told to show is of the workflow as it is at that moment."""

    front: SteadyPanel
    clock: Clock
    _shown: Sentence | None = field(default=None, init=False)
    _received: bool = field(default=False, init=False)
    """The image that is looked at is at the archive already."""
    _progress: float | None = field(default=None, init=False)
    _faults: PanelFaults = field(init=False)
    _news: LineNews = field(init=False)

    def __post_init__(self) -> None:
        self._faults = PanelFaults(self.front)
        self._news = LineNews(self.clock)

    def begin(self, workflow: Workflow) -> None:
        """What a panel shows that has shown nothing yet."""
        if self._shown is None:
            self.front.light(Lamp.READY, True)
            self.show_state(workflow)

    def show_state(self, workflow: Workflow) -> None:
        screen = self.screen(workflow)
        self._shown = screen.message
        self.front.show(screen)

    def say(self, workflow: Workflow, sentence: Sentence) -> None:
        """Over the state."""
        self._shown = sentence
        self.front.show(with_message(workflow, sentence, self._progress))

    def hides(self, workflow: Workflow) -> bool:
        """A message came over the state: a press now would confirm a patient whom nobody sees."""
        return self._shown != self.screen(workflow).message

    def screen(self, workflow: Workflow) -> Screen:
        return screen_of(workflow, received=self._received)

    def scan_begins(self, workflow: Workflow) -> None:
        self._faults.film_taken_up()
        self.front.light(Lamp.READY, False)
        self.front.light(Lamp.WORKING, True)
        self.show_state(workflow)

    def scan_ended(self) -> None:
        self.front.light(Lamp.WORKING, False)
        self.front.light(Lamp.READY, True)
        self._progress, self._received = None, False

    def scan_failed(self, workflow: Workflow, sentence: Sentence) -> None:
        self._faults.set(Trouble.FILM, True)
        self.front.sound(Sound.STOP)
        self.say(workflow, sentence)

    def tell_news(self, workflow: Workflow) -> None:
        between_patients = workflow.state is State.CHOOSING
        if self._news.waits and between_patients and not self.hides(workflow):
            self.say(workflow, self._news.take())

    def hear(self, workflow: Workflow, event: Event) -> None:
        match event:
            case FilmFound():
                self.say(workflow, film_found(event))
            case Sent():
                self.front.light(Lamp.NETWORK, True)
                self._hear_of_sent(workflow, event, SENT_WITH_WARNING if event.warning else None)
            case Compared():
                self.front.light(Lamp.NETWORK, event.same)
                self._hear_of_sent(workflow, event, None if event.same else OTHER_CONTENT)
            case FellBack():
                self.front.light(Lamp.NETWORK, False)
                names = {"destination": event.destination, "fallback": event.fallback}
                self._hear_news(event.destination, FELL_BACK.fill(**names))
            case QueueTrouble():
                self._faults.set(Trouble.QUEUE, event.in_trouble)
                self.say(workflow, event.sentence)
            case CertificateEnds():
                self._hear_news(event.destination, event.sentence)
            case NotSent():
                self.front.light(Lamp.NETWORK, False)
                self._hear_news(event.destination, event.sentence, passes=event.will_retry)
            case SaidDuplicate() | CommitmentNotTaken() | CommitmentDenied():
                self.front.light(Lamp.NETWORK, False)
                self._hear_news(event.destination, event.sentence)
            case Rejected():
                self.say(workflow, rejected(event))
            case RowsArrived():
                self._hear_of_rows(workflow, event)
            case SameFilm():
                self.say(workflow, event.sentence)
            case PlateFound():
                self.say(workflow, plate_found(event))
            case PlateTrouble() | KeptPlateStored():
                self.say(workflow, event.sentence)
            case CalibrationIgnored():
                self.say(workflow, OTHER_SCANNER)
            case Recovered():
                self._faults.set(Trouble.FILM, bool(event.cut_short))
                self._faults.set(Trouble.IMAGES, bool(event.missing))
                if event.put_off:
                    self._faults.set(Trouble.SPACE, True)
                self.say(workflow, recovered(event))
            case Adopted():
                self._faults.set(Trouble.SPACE, event.left > 0)
                self.say(workflow, RECOVERED.fill(count=len(event.adopted) + len(event.kept_aside)))
            case FileDamaged() | FetchedBack() | NotFetchedBack():
                self._hear_of_image(workflow, event)
            case SpaceLow():
                self._faults.set(Trouble.SPACE, True)
                self.say(workflow, SPACE_LOW.fill(free_mib=event.free_bytes // 2**20))
            case ArrayChanged():
                self._faults.set(Trouble.ARRAY, event.in_trouble)
                self.say(workflow, event.sentence)
            case WorkerFailed():
                self._faults.set(Trouble.WORKER, True)
                self.say(workflow, event.sentence)
            case _:
                pass

    def _hear_news(self, destination: str, sentence: Sentence, *, passes: bool = False) -> None:
        if sentence != self._shown:  # else the press that takes it away would bring it again
            self._news.hear(destination, sentence, passes=passes)

    def _hear_of_sent(
        self, workflow: Workflow, event: Sent | Compared, caution: Sentence | None
    ) -> None:
        """Good news only of the image that is looked at: over anything else it would be taken for a
        word about the last film, which may have to be scanned again."""
        if self._shown in self._news.came_through(event.destination):
            self.show_state(workflow)
        is_seen = workflow.state is State.LOOKING
        if caution is not None:
            self._hear_news(event.destination, caution)
        elif is_seen and workflow.image == event.sop_instance_uid:
            showed = not self.hides(workflow)
            self._received = True
            if showed:
                self.show_state(workflow)

    def _hear_of_rows(self, workflow: Workflow, event: RowsArrived) -> None:
        progress = event.rows * PROGRESS_STEPS // event.rows_total / PROGRESS_STEPS
        if workflow.state not in NO_SCAN_RUNS and progress != self._progress:
            self._progress = progress
            if self._shown is not None:
                self.say(workflow, self._shown)

    def _hear_of_image(
        self, workflow: Workflow, event: FileDamaged | FetchedBack | NotFetchedBack
    ) -> None:
        uid = event.sop_instance_uid
        match event:
            case FileDamaged():
                self._faults.set(Trouble.IMAGES, True)
                self.say(workflow, (COMES_BACK if event.comes_back else DAMAGED).fill(uid=uid))
            case FetchedBack():
                self._faults.set(Trouble.IMAGES, event.lost_left > 0)
                self.say(workflow, restored(event))
            case NotFetchedBack():
                if event.is_lost:
                    self._faults.set(Trouble.IMAGES, True)
                self.say(workflow, not_restored(event))
