"""The simulated archive's disk: a folder of DICOM files, each durable before it is confirmed."""

import hashlib
import os
from pathlib import Path
from threading import Lock

from pydicom import Dataset, dcmread

from hal.values import SopReference, Uid

NO_SUCH_OBJECT_INSTANCE = 0x0112
CLASS_INSTANCE_CONFLICT = 0x0119
"""Failure Reason (0008,1197), PS3.3 C.14.1.1."""


class Vault:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def keep(self, sop_instance_uid: str, content: bytes) -> bool:
        """False when another content has this UID already: nothing is ever overwritten."""
        with self._lock:
            path = self._path(sop_instance_uid)
            if path.exists():
                return path.read_bytes() == content
            part = path.with_suffix(".part")
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.rename(path)
            self._sync_folder()
            return True

    def failure_reason(self, reference: SopReference) -> int | None:
        """None: it is here, it can be read, and it is of that class."""
        try:
            instance = dcmread(self._path(reference.sop_instance_uid), stop_before_pixels=True)
        except (OSError, ValueError):
            return NO_SUCH_OBJECT_INSTANCE
        if instance.SOPClassUID != reference.sop_class_uid:
            return CLASS_INSTANCE_CONFLICT
        return None

    def read(self, sop_instance_uid: str) -> Dataset | None:
        """The whole instance; None when it is not here."""
        path = self._path(sop_instance_uid)
        return dcmread(path) if path.exists() else None

    def pixel_digests(self) -> dict[Uid, str]:
        """SOP Instance UID -> SHA-256 of Pixel Data (7FE0,0010), as stored."""
        instances = (dcmread(path) for path in sorted(self._folder.glob("*.dcm")))
        return {
            Uid(str(instance.SOPInstanceUID)): hashlib.sha256(
                instance.get("PixelData", b"")
            ).hexdigest()
            for instance in instances
        }

    def _path(self, sop_instance_uid: str) -> Path:
        if not sop_instance_uid.replace(".", "").isdigit():
            raise ValueError("not a UID")
        return self._folder / f"{sop_instance_uid}.dcm"

    def _sync_folder(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
