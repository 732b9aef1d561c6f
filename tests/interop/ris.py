"""A RIS for tests: dcmtk's worklist SCP over files made here, and one that answers as told."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from pydicom import Dataset
from pynetdicom import AE, evt

from drivers.dicom_address import ArchiveAddress
from drivers.dicom_mpps import MPPS, DicomProcedureSteps
from drivers.dicom_ris import Ris
from drivers.dicom_worklist import DicomWorklist
from drivers.wire.worklist_query import WORKLIST_FIND, WorklistFilter
from sim.ris_steps import StepsKept
from tests.interop.archive_pair import SHORT
from tests.peers import free_port, program, running

TODAY = date(2026, 11, 24)
RIS = "RIS"


def dump(**changed: str) -> str:
    """One entry as dcmtk's dump2dcm reads it; all that the images and MPPS need is in it."""
    told = {
        "accession": "A2026-0042",
        "name": "ŒUVRARD^Éléonore"
        if changed.get("charset") == "ISO_IR 192"
        else "LEFÈVRE^Éléonore",
        "patient_id": "IPP000042",
        "birth_date": "19550623",
        "study_uid": "1.2.250.1.999.42",
        "charset": "ISO_IR 100",
        "date": f"{TODAY:%Y%m%d}",
        "time": "0930",
        "station": "SAPI_NODE",
        "modality": "RG",
        "step": "SPS42",
    } | changed
    return f"""(0008,0005) CS [{told["charset"]}]
(0008,0050) SH [{told["accession"]}]
(0008,0051) SQ
(fffe,e000) -
(0040,0031) UT [RIS-VALLEE]
(0040,0032) UT [1.2.250.1.999.2]
(0040,0033) CS [ISO]
(fffe,e00d) -
(fffe,e0dd) -
(0008,0090) PN [MARTIN^Zoé]
(0008,1110) SQ
(fffe,e000) -
(0008,1150) UI [1.2.840.10008.3.1.2.3.1]
(0008,1155) UI [{told["study_uid"]}]
(fffe,e00d) -
(fffe,e0dd) -
(0010,0010) PN [{told["name"]}]
(0010,0020) LO [{told["patient_id"]}]
(0010,0021) LO [VALLEE]
(0010,0024) SQ
(fffe,e000) -
(0040,0032) UT [1.2.250.1.999.1]
(0040,0033) CS [ISO]
(fffe,e00d) -
(fffe,e0dd) -
(0010,0030) DA [{told["birth_date"]}]
(0010,0040) CS [F]
(0010,1002) SQ
(fffe,e000) -
(0010,0020) LO [255069912345678]
(0010,0021) LO [INS-NIR]
(0010,0022) CS [TEXT]
(0010,0024) SQ
(fffe,e000) -
(0040,0032) UT [1.2.250.1.213.1.4.10]
(0040,0033) CS [ISO]
(fffe,e00d) -
(fffe,e0dd) -
(fffe,e00d) -
(fffe,e0dd) -
(0020,000d) UI [{told["study_uid"]}]
(0032,1032) PN [MARTIN^Zoé]
(0032,1060) LO [Radiographie du thorax, contrôle]
(0032,1064) SQ
(fffe,e000) -
(0008,0100) SH [ZBQK002]
(0008,0102) SH [CCAM]
(0008,0103) SH [75]
(0008,0104) LO [Radiographie du thorax]
(fffe,e00d) -
(fffe,e0dd) -
(0038,0010) LO [VENUE-77]
(0040,0100) SQ
(fffe,e000) -
(0008,0060) CS [{told["modality"]}]
(0040,0001) AE [{told["station"]}]
(0040,0002) DA [{told["date"]}]
(0040,0003) TM [{told["time"]}]
(0040,0007) LO [Thorax de face, film à numériser]
(0040,0008) SQ
(fffe,e000) -
(0008,0100) SH [THORAX-FACE]
(0008,0102) SH [99VALLEE]
(0008,0104) LO [Thorax de face]
(fffe,e00d) -
(fffe,e0dd) -
(0040,0009) SH [{told["step"]}]
(fffe,e00d) -
(fffe,e0dd) -
(0040,1001) SH [RP42]
(0040,1003) SH [HIGH]
"""


def write_entry(folder: Path, name: str, text: str, encoding: str = "latin-1") -> None:
    """A worklist file, by Debian's dump2dcm. `encoding`: of the bytes, whatever it declares."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "lockfile").touch()
    source = folder / f"{name}.dump"
    source.write_bytes(text.encode(encoding))
    command = [program("dump2dcm"), str(source), str(folder / f"{name}.wl")]
    subprocess.run(command, check=True, capture_output=True, timeout=30)


@contextmanager
def wlmscpfs(folder: Path, port: int = 0, *options: str) -> Iterator[int]:
    """dcmtk's worklist SCP over `folder`/RIS; gives its port."""
    port = port or free_port()
    command = [program("wlmscpfs"), "-dfp", str(folder), *options, str(port)]
    with running(command, port, folder / "wlmscpfs.log"):
        yield port


def worklist_at(port: int, **wanted: str) -> DicomWorklist:
    return DicomWorklist(ris_at(port), WorklistFilter(**wanted), lambda: TODAY)


def ris_at(port: int) -> Ris:
    return Ris(ArchiveAddress(RIS, "127.0.0.1", port), "SAPI_NODE", SHORT)


def steps_at(port: int) -> DicomProcedureSteps:
    return DicomProcedureSteps(ris_at(port))


@contextmanager
def answering(find: Callable[[Any], Iterator[tuple[int, Dataset | None]]]) -> Iterator[int]:
    """A worklist SCP that answers with what `find` makes of the event."""
    entity = AE(RIS)
    entity.add_supported_context(WORKLIST_FIND)
    with serving(entity, [(evt.EVT_C_FIND, find)]) as port:
        yield port


@contextmanager
def mpps_scp(kept: StepsKept) -> Iterator[int]:
    entity = AE(RIS)
    entity.add_supported_context(MPPS)
    handlers = [(evt.EVT_N_CREATE, kept.create), (evt.EVT_N_SET, kept.set)]
    with serving(entity, handlers) as port:
        yield port


@contextmanager
def serving(entity: AE, handlers: list[Any]) -> Iterator[int]:
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    assert server
    try:
        yield int(server.server_address[1])
    finally:
        entity.shutdown()
