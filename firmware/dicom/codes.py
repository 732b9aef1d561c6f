"""Coded entries (PS3.3 8.8), each from the standard's own dictionary."""

from dataclasses import dataclass

from pydicom.dataset import Dataset


@dataclass(frozen=True)
class Code:
    value: str
    scheme: str
    meaning: str

    def item(self) -> Dataset:
        """The item of a code sequence."""
        item = Dataset()
        item.CodeValue = self.value
        item.CodingSchemeDesignator = self.scheme
        item.CodeMeaning = self.meaning
        return item


FILM_DIGITIZER = Code("FILMD", "DCM", "Film Digitizer")  # PS3.16 CID 7005
