"""The texts of the plates' page, in English and French; `sentences.py` has them among all."""

from hal.errors import Sentence

PLATES = {
    "plates": Sentence("Plates", "Plaques"),
    "plates_note": Sentence(
        "CR plates, the ones that need care first.",
        "Plaques photostimulables, celles qui demandent un soin d'abord.",
    ),
    "plates_none": Sentence("No plate was read yet.", "Aucune plaque n'a encore été lue."),
    "plates_legend": Sentence(
        "A cross is a rejected image. The dashed line is the target. A deviation of +3 is twice "
        "the exposure that was wanted, -3 is half of it.",
        "Une croix est une image rejetée. Le tireté est la cible. Une déviation de +3 est le "
        "double de l'exposition voulue, -3 la moitié.",
    ),
    "plate_nameless": Sentence("Plate without a number", "Plaque sans numéro"),
    "need_now": Sentence("See to it now", "À traiter maintenant"),
    "need_before_use": Sentence("Before it is used", "Avant usage"),
    "need_watch": Sentence("Keep an eye on it", "À surveiller"),
    "plate_good": Sentence("In good order", "En ordre"),
    "plate_readings": Sentence("Readings", "Lectures"),
    "plate_erasures": Sentence("Erasures", "Effacements"),
    "plate_ago": Sentence("last {age} ago", "dernier il y a {age}"),
    "plate_stops": Sentence("Stopped", "Arrêts"),
    "plate_rejected": Sentence("Rejected", "Rejets"),
    "plate_of": Sentence("{rejected} of {count}", "{rejected} sur {count}"),
    "plate_index": Sentence("Exposure index", "Indice d'exposition"),
    "plate_median": Sentence("median of 10", "médiane de 10"),
    "plate_deviation": Sentence("Deviation", "Déviation"),
    "plate_trend": Sentence("moved by {trend}", "dérive {trend}"),
    "plate_index_plot": Sentence(
        "Exposure index, logarithmic; target {target}",
        "Indice d'exposition, échelle logarithmique ; cible {target}",
    ),
    "plate_index_plot_alone": Sentence(
        "Exposure index, logarithmic", "Indice d'exposition, échelle logarithmique"
    ),
    "plate_index_said": Sentence(
        "Exposure index of plate {plate}, {count} readings; the list below has the last ones.",
        "Indice d'exposition de la plaque {plate}, {count} lectures ; la liste ci-dessous donne "
        "les dernières.",
    ),
    "plate_deviation_plot": Sentence("Deviation index", "Indice de déviation"),
    "plate_deviation_said": Sentence(
        "Deviation index of plate {plate}, {count} readings; the list below has the last ones.",
        "Indice de déviation de la plaque {plate}, {count} lectures ; la liste ci-dessous donne "
        "les dernières.",
    ),
    "plate_last_readings": Sentence("Last readings ({count})", "Dernières lectures ({count})"),
    "reading_begun": Sentence("no image yet", "pas encore d'image"),
    "reading_nothing": Sentence("no image came", "aucune image reçue"),
    "reading_whole": Sentence("came, not stored", "reçue, non stockée"),
    "reading_stored": Sentence("stored, not erased", "stockée, non effacée"),
    "reading_erased": Sentence("stored and erased", "stockée et effacée"),
}
