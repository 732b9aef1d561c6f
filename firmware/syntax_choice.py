"""For one archive: which codec an image is worth on this line, from what is known of it.

The forwarder and the recoder ask the same, so that neither waits for what the other does not make.
"""

from dataclasses import dataclass

from firmware.compression import OFFERED, Cost, best_codec, cost, line_bytes_s
from firmware.config_archives import CompressionMode
from firmware.dicom.uids import EXPLICIT_VR_LITTLE_ENDIAN
from firmware.events import AcceptsSyntaxes, Listener
from firmware.imaging.lossless import Codec
from firmware.index.lines import Lines
from firmware.index.renditions import Queued, Renditions
from hal.archive import Archive
from hal.negotiation import NegotiatingArchive
from hal.values import Uid

SMALL_BYTES = 64 * 1024  # less is a few round trips: nothing to win


def syntax_of(codec: Codec) -> Uid:
    return Uid(codec.transfer_syntax_uid)


@dataclass(frozen=True)
class SyntaxChoice:
    destination: str
    mode: CompressionMode
    negotiates: bool
    """False: DICOMweb. It is believed to take what the configuration names, and no other."""
    lines: Lines
    renditions: Renditions
    size_bytes_max: int
    """Of an image that is made small: the codec holds it in memory more than twice."""

    @property
    def can_compress(self) -> bool:
        return self.mode != "none" and (self.negotiates or self.mode != "auto")

    def knows(self, image: Queued) -> bool:
        """What the archive takes this image in; or there is nothing to know."""
        if not self.can_compress or not self.negotiates or not self._fits(image):
            return True
        return self.lines.accepted(self.destination, image.reference.sop_class_uid) is not None

    def get_ready(self, image: Queued, archive: Archive, listener: Listener) -> None:
        """Ask for an association now, beside the codec's work. Raises PeerError."""
        if not isinstance(archive, NegotiatingArchive):
            return
        kind = image.reference.sop_class_uid
        asked = (image.transfer_syntax_uid, *map(syntax_of, OFFERED[self.mode]))
        accepted = archive.get_ready(kind, asked)
        if accepted != self.lines.accepted(self.destination, kind):
            self.lines.learn(self.destination, kind, accepted)
            listener(AcceptsSyntaxes(self.destination, kind, tuple(sorted(accepted))))

    def codec(self, image: Queued) -> Codec | None:
        """None: it goes as it is stored. What is made already stays the choice, whatever has been
        measured since."""
        if not self.can_compress or not self._fits(image):
            return None
        accepted, uid = self._accepted(image), image.reference.sop_instance_uid
        for codec in accepted:
            made = self.renditions.of(uid, syntax_of(codec))
            if made is not None and made.path:
                return codec
        paces = {codec: self.lines.pace(codec) for codec in accepted}
        return best_codec(image.size_bytes, self._line_bytes_s(), paces)

    def cost(self, image: Queued, codec: Codec) -> Cost:
        return cost(image.size_bytes, self._line_bytes_s(), self.lines.pace(codec))

    def _accepted(self, image: Queued) -> tuple[Codec, ...]:
        offered = OFFERED[self.mode]
        if not self.negotiates:
            return offered
        known = self.lines.accepted(self.destination, image.reference.sop_class_uid)
        return tuple(codec for codec in offered if known and syntax_of(codec) in known)

    def _fits(self, image: Queued) -> bool:
        return (
            image.transfer_syntax_uid == EXPLICIT_VR_LITTLE_ENDIAN
            and SMALL_BYTES <= image.size_bytes <= self.size_bytes_max
        )

    def _line_bytes_s(self) -> float:
        rate = self.lines.rate(self.destination)
        return line_bytes_s(self.mode, rate.bytes_per_s if rate else None)
