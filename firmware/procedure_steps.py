"""Tells the RIS of each examination by MPPS: begun, then completed or discontinued. In that order,
each until it was taken or refused, over restarts; images never wait for it."""

from dataclasses import dataclass

from firmware.dicom import procedure_step
from firmware.dicom.film import Station
from firmware.dicom.procedure_step import Visit
from firmware.index.procedure_steps import DueStep, ProcedureSteps
from firmware.procedure_moves import Step, Told
from hal.errors import ConfigError, PeerDuplicate, PeerRefused, PeerRetryable
from hal.procedure_step import ProcedureStepPeer

PROCEDURE_STEPS = "procedure steps"
LOOK_S = 2.0  # a RIS that shows who is being examined is not looked at more often
FILM = "RG"
NO_SUCH_INSTANCE = 0x0112
"""Status of N-SET (PS3.7 10.1.3.1.6): the RIS has lost the step, or was set up anew."""
FORGOTTEN_MAX = 5
"""A RIS that says that it took a step and does not know it, so many times, needs a person."""


@dataclass
class ProcedureStepsWorker:
    peer: ProcedureStepPeer
    steps: ProcedureSteps
    station: Station

    def step(self) -> float:
        self.steps.take_up()
        due = self.steps.next()
        if due is None:
            return LOOK_S
        try:
            self._tell(due)
        except PeerRetryable as error:
            self.steps.later(due, error.sentence)
        except PeerDuplicate:
            self.steps.told(due, Told.TAKEN)
        except (PeerRefused, ConfigError) as error:
            self.steps.told(due, self._refusal(due, error), error.sentence)
        else:
            self.steps.told(due, Told.TAKEN)
        return 0.0

    def _tell(self, due: DueStep) -> None:
        visit = Visit(
            due.step, due.order, due.study_instance_uid, self.station, due.order.modality or FILM
        )
        if due.state is Step.TO_CREATE:
            self.peer.create(due.step.uid, procedure_step.creation(visit))
            return
        ended_at = due.closed_at or due.step.started_at
        ending = procedure_step.ending(visit, ended_at, dict(due.series), due.reason)
        self.peer.set(due.step.uid, ending)

    def _refusal(self, due: DueStep, error: PeerRefused | ConfigError) -> Told:
        is_unknown = isinstance(error, PeerRefused) and error.status == NO_SUCH_INSTANCE
        if is_unknown and due.state is Step.TO_SET and due.tries < FORGOTTEN_MAX:
            return Told.UNKNOWN
        return Told.REFUSED
