"""A film's data set with what the index and the archive are told, and no more.

The whole one takes ten times as long to make as the life of its film in the simulation, most of
it in pydicom, and its VOI LUT of 128 KiB is hashed at every step. What the whole one says is
proven elsewhere (tests/unit/dicom, dciodvfy); nine worlds of ten have these.
"""

from pydicom.dataset import Dataset

from firmware.dicom import film_record
from firmware.dicom.film import FilmImage


def short_dataset(image: FilmImage) -> Dataset:
    """The data set without Pixel Data: all that `firmware.dicom.entry_reader` asks for."""
    order, at = image.order, image.acquired_at
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.InstanceCreationDate = at.strftime("%Y%m%d")
    dataset.InstanceCreationTime = at.strftime("%H%M%S")
    dataset.TimezoneOffsetFromUTC = at.strftime("%z")
    dataset.SOPClassUID = image.film_object.sop_class_uid
    dataset.SOPInstanceUID = image.sop_instance_uid
    dataset.StudyInstanceUID = image.study_instance_uid
    dataset.SeriesInstanceUID = image.series_instance_uid
    dataset.AccessionNumber = order.accession_number
    dataset.PatientName = order.patient.name
    dataset.PatientID = order.patient.patient_id
    dataset.PatientBirthDate = order.patient.birth_date
    dataset.PatientSex = order.patient.sex
    dataset.Modality = order.modality or "RG"
    dataset.SeriesNumber = image.series_number
    dataset.InstanceNumber = image.instance_number
    dataset.Rows, dataset.Columns = image.request.rows, image.request.columns
    film_record.add_priority(dataset, order.priority)
    return dataset
