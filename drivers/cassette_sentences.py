"""What the panel says when the cassette reader fails: what happened, and what to do."""

from drivers.wire.cassette_messages import ErrorCode
from hal.cassette_reader import CassetteNotTaken
from hal.errors import DeviceError, DeviceMisbehaved, DeviceNeedsOperator, Sentence

LINE_NOT_THERE = Sentence(
    en="No cassette reader at {address}: check that it is switched on and its cable plugged in.",
    fr="Lecteur de cassettes introuvable sur {address} : vérifiez qu'il est allumé et que son "
    "câble est branché.",
)
LINE_LOST = Sentence(
    en="The cassette reader's line was cut: check its cable and power. It keeps the image that it "
    "has read; leave the cassette in it.",
    fr="La liaison avec le lecteur de cassettes est coupée : vérifiez son câble et son "
    "alimentation. Il conserve l'image déjà lue ; laissez la cassette en place.",
)
SILENT = Sentence(
    en="The cassette reader does not answer: leave the cassette in it, check its cable, and do not "
    "switch it off while it holds an image.",
    fr="Le lecteur de cassettes ne répond pas : laissez la cassette en place, vérifiez son câble, "
    "et ne l'éteignez pas tant qu'il conserve une image.",
)
NOT_UNDERSTOOD = Sentence(
    en="The cassette reader gave an answer that makes no sense ({detail}): leave the cassette in "
    "it and call service.",
    fr="Le lecteur de cassettes a donné une réponse incompréhensible ({detail}) : laissez la "
    "cassette en place et appelez la maintenance.",
)
WRONG_SUM = Sentence(
    en="The image that came from the cassette reader is not the one it read: nothing was kept, and "
    "the reader still has it. Press SCAN to read it again.",
    fr="L'image reçue du lecteur de cassettes n'est pas celle qu'il a lue : rien n'a été "
    "conservé, et le lecteur l'a encore. Appuyez sur NUMÉRISER pour la relire.",
)
NOT_THE_IMAGE = Sentence(
    en="The image is stored, but the cassette reader does not take it for the one that it keeps: "
    "the plate is not erased. Leave the cassette in the reader and call service.",
    fr="L'image est stockée, mais le lecteur de cassettes ne la reconnaît pas pour celle qu'il "
    "conserve : la plaque n'est pas effacée. Laissez la cassette en place et appelez la "
    "maintenance.",
)


class NoCassette(DeviceNeedsOperator):
    """The slot is empty."""


_OPERATOR, _FAULT = DeviceNeedsOperator, DeviceMisbehaved
ERRORS: dict[ErrorCode, tuple[type[DeviceError], Sentence]] = {
    ErrorCode.JAM: (
        CassetteNotTaken,
        Sentence(
            en="A cassette is jammed in the reader: open its lid and free it. An image that was "
            "read is not lost.",
            fr="Une cassette est coincée dans le lecteur : ouvrez le capot et dégagez-la. Une "
            "image déjà lue n'est pas perdue.",
        ),
    ),
    ErrorCode.NO_CASSETTE: (
        NoCassette,
        Sentence(
            en="There is no cassette in the reader: put it in, then press SCAN.",
            fr="Aucune cassette dans le lecteur : insérez-la, puis appuyez sur NUMÉRISER.",
        ),
    ),
    ErrorCode.UNKNOWN_CASSETTE: (
        CassetteNotTaken,
        Sentence(
            en="The reader does not know this cassette's size or type. It was not read: its image "
            "is still on it.",
            fr="Le lecteur ne connaît pas ce format ou ce type de cassette. Elle n'a pas été lue : "
            "son image y est encore.",
        ),
    ),
    ErrorCode.BARCODE_UNREADABLE: (
        CassetteNotTaken,
        Sentence(
            en="The cassette's barcode can't be read: clean the label and put the cassette in "
            "again. Its image is still on it.",
            fr="Le code-barres de la cassette est illisible : nettoyez l'étiquette et réinsérez la "
            "cassette. Son image y est encore.",
        ),
    ),
    ErrorCode.LASER: (
        _FAULT,
        Sentence(
            en="The reader's laser failed. The plate was not read: its image is still on it for "
            "some hours. Call service, and read it in another reader.",
            fr="Le laser du lecteur est en panne. La plaque n'a pas été lue : son image y reste "
            "quelques heures. Appelez la maintenance et lisez-la dans un autre lecteur.",
        ),
    ),
    ErrorCode.NOT_ERASED: (
        _OPERATOR,
        Sentence(
            en="The reader still keeps the image of a plate that was not confirmed. Leave the "
            "cassette in: that image is fetched first.",
            fr="Le lecteur conserve encore l'image d'une plaque non confirmée. Laissez la cassette "
            "en place : cette image est récupérée d'abord.",
        ),
    ),
    ErrorCode.LID_OPEN: (
        _OPERATOR,
        Sentence(
            en="The reader's lid is open: close it, then press SCAN.",
            fr="Le capot du lecteur est ouvert : fermez-le, puis appuyez sur NUMÉRISER.",
        ),
    ),
    ErrorCode.NOT_THE_IMAGE: (_FAULT, NOT_THE_IMAGE),
    ErrorCode.WRONG_STATE: (
        _FAULT,
        Sentence(
            en="The cassette reader can't do that now: wait until it is still, then try again.",
            fr="Le lecteur de cassettes ne peut pas le faire maintenant : attendez qu'il "
            "s'arrête, puis réessayez.",
        ),
    ),
    ErrorCode.BAD_REQUEST: (
        _FAULT,
        Sentence(
            en="The cassette reader refused the reading's settings. The plate was not read: check "
            "the pitch and the gain in the configuration.",
            fr="Le lecteur de cassettes a refusé les réglages de lecture. La plaque n'a pas été "
            "lue : vérifiez le pas et le gain dans la configuration.",
        ),
    ),
    ErrorCode.ERASE_FAILED: (
        _FAULT,
        Sentence(
            en="The image is stored, but the plate could not be erased: do not use this cassette "
            "again before it was erased elsewhere.",
            fr="L'image est stockée, mais la plaque n'a pas pu être effacée : ne réutilisez pas "
            "cette cassette avant de l'avoir effacée ailleurs.",
        ),
    ),
    ErrorCode.WRONG_CASSETTE: (
        CassetteNotTaken,
        Sentence(
            en="Another cassette is in the reader than the one that was loaded: put that one back.",
            fr="La cassette présente n'est pas celle qui a été chargée : remettez la première.",
        ),
    ),
}


def error_of(code: int, detail: str) -> DeviceError:
    if code in ERRORS:
        made, sentence = ERRORS[ErrorCode(code)]
        return made(sentence)
    return DeviceMisbehaved(NOT_UNDERSTOOD.fill(detail=f"{code} {detail}".strip()))
