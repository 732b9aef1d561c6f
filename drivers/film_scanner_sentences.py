"""What the panel says when the film scanner fails: what happened, and what to do."""

from hal.errors import Sentence

NOT_FOUND = Sentence(
    en="No film scanner found: check that it is switched on and its USB cable is plugged in.",
    fr="Numériseur de films introuvable : vérifiez qu'il est allumé et que son câble USB est "
    "branché.",
)
UNPLUGGED = Sentence(
    en="The film scanner went away: check its USB cable and power, then scan the film again.",
    fr="Le numériseur de films ne répond plus : vérifiez son câble USB et son alimentation, puis "
    "numérisez de nouveau le film.",
)
IN_USE = Sentence(
    en="Another program is using the film scanner: close it, then try again.",
    fr="Un autre programme utilise le numériseur de films : fermez-le, puis réessayez.",
)
NO_PERMISSION = Sentence(
    en="This program may not use the film scanner: install the node's udev rule, then plug the "
    "scanner in again.",
    fr="Ce programme n'a pas accès au numériseur de films : installez la règle udev du poste, puis "
    "rebranchez le numériseur.",
)
NO_LIBUSB = Sentence(
    en="USB cannot be used: install the system package libusb-1.0-0.",
    fr="L'USB est inutilisable : installez le paquet système libusb-1.0-0.",
)
USB_FAULT = Sentence(
    en="USB transfer to the film scanner failed ({detail}): switch it off and on, then scan the "
    "film again.",
    fr="L'échange USB avec le numériseur de films a échoué ({detail}) : éteignez-le et "
    "rallumez-le, puis numérisez de nouveau le film.",
)
SILENT = Sentence(
    en="The film scanner stopped answering: switch it off and on, then scan the film again.",
    fr="Le numériseur de films ne répond pas : éteignez-le et rallumez-le, puis numérisez de "
    "nouveau le film.",
)
NOT_UNDERSTOOD = Sentence(
    en="The film scanner gave an answer that makes no sense ({detail}): switch it off and on; if "
    "it happens again, call service.",
    fr="Le numériseur de films a donné une réponse incompréhensible ({detail}) : éteignez-le et "
    "rallumez-le ; si cela se reproduit, appelez la maintenance.",
)
REFUSED = Sentence(
    en="The film scanner refused the scan settings: switch it off and on; if it happens again, "
    "call service.",
    fr="Le numériseur de films a refusé les réglages de numérisation : éteignez-le et "
    "rallumez-le ; si cela se reproduit, appelez la maintenance.",
)
FATAL = Sentence(
    en="The film scanner reports a fault of its own: check that its transport lock is open, switch "
    "it off and on, then scan the film again.",
    fr="Le numériseur de films signale une panne : vérifiez que son verrou de transport est "
    "ouvert, éteignez-le et rallumez-le, puis numérisez de nouveau le film.",
)
NOT_READY = Sentence(
    en="The film scanner lost its readiness during the scan: wait until its lamp is steady, then "
    "scan the film again.",
    fr="Le numériseur de films n'est plus prêt, numérisation interrompue : attendez que son voyant "
    "soit fixe, puis numérisez de nouveau le film.",
)
STILL_COLD = Sentence(
    en="The film scanner's lamp has not warmed up in {limit_s:.0f} s: switch the scanner off and "
    "on; if it happens again, call service.",
    fr="La lampe du numériseur de films n'est pas prête après {limit_s:.0f} s : éteignez-le et "
    "rallumez-le ; si cela se reproduit, appelez la maintenance.",
)
STILL_BUSY = Sentence(
    en="The film scanner stays busy: wait until it is still, then scan the film again.",
    fr="Le numériseur de films reste occupé : attendez qu'il s'arrête, puis numérisez de nouveau "
    "le film.",
)
COVER_OPEN = Sentence(
    en="The film scanner's cover is open: close it, then scan the film again.",
    fr="Le capot du numériseur de films est ouvert : fermez-le, puis numérisez de nouveau le film.",
)
NO_TRANSPARENCY_UNIT = Sentence(
    en="The film scanner has no transparency unit: fit it and plug in its cable, then scan again.",
    fr="L'unité pour transparents n'est pas détectée : montez-la et branchez son câble, puis "
    "relancez la numérisation.",
)
TRANSPARENCY_UNIT_FAULT = Sentence(
    en="The transparency unit reports a fault: check its cable and its lock, then scan again.",
    fr="L'unité pour transparents signale une panne : vérifiez son câble et son verrou, puis "
    "relancez la numérisation.",
)
CANCELLED = Sentence(
    en="The scan was stopped at the film scanner: scan the film again when ready.",
    fr="La numérisation a été arrêtée sur le numériseur : relancez-la quand vous êtes prêt.",
)
OUTSIDE = Sentence(
    en="{columns} x {rows} pixels at {left}, {top} and {dpi} dpi do not fit on this scanner "
    "({dpi_min} to {dpi_max} dpi, {area_columns} x {area_rows} pixels): choose a smaller area.",
    fr="{columns} x {rows} pixels à {left}, {top} et {dpi} ppp ne tiennent pas sur ce numériseur "
    "({dpi_min} à {dpi_max} ppp, {area_columns} x {area_rows} pixels) : choisissez une zone plus "
    "petite.",
)
