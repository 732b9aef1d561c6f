"""What an archive takes images in, learnt by asking it."""

from typing import Protocol, runtime_checkable

from hal.values import Uid


@runtime_checkable
class NegotiatingArchive(Protocol):
    """DICOM negotiates for each association (PS3.8 7.1.1); DICOMweb says nothing before it is
    sent something."""

    def accepts(self, sop_class_uid: Uid, transfer_syntaxes: tuple[Uid, ...]) -> frozenset[Uid]:
        """Those of them that it would take this kind of image in, as of now.

        Raises PeerRetryable, PeerRefused: then nothing is known.
        """

    def get_ready(self, sop_class_uid: Uid, transfer_syntaxes: tuple[Uid, ...]) -> frozenset[Uid]:
        """The same, and the association stays open for a `store` that comes soon."""
