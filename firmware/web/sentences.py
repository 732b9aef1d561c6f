"""Every text of the page, in English and French, in one place; templates say `say.KEY`."""

import re
import sqlite3
from typing import Literal

from firmware.web.plates_sentences import PLATES
from hal.errors import Sentence

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = ("fr", "en")

TEXTS = {
    # Frame
    "skip": Sentence("Skip to the content", "Aller au contenu"),
    "main_menu": Sentence("Main menu", "Menu principal"),
    "other_language": Sentence("Français", "English"),
    "sign_out": Sentence("Sign out", "Se déconnecter"),
    "not_live": Sentence(
        "The connection to the node is lost: what you see may be old. Trying again…",
        "La connexion au poste est perdue : l'affichage peut être périmé. Nouvel essai…",
    ),
    "none": Sentence("Nothing.", "Rien."),
    "back": Sentence("Back", "Retour"),
    # Sign in
    "sign_in": Sentence("Sign in", "Connexion"),
    "sign_in_do": Sentence("Sign in", "Se connecter"),
    "account": Sentence("Name", "Nom"),
    "secret": Sentence("PIN or password", "Code ou mot de passe"),
    "nobody_can": Sentence(
        "Nobody can sign in yet: an administrator types `sapi-node web user add NAME` on the node.",
        "Personne ne peut encore se connecter : un administrateur tape "
        "« sapi-node web user add NOM » sur le poste.",
    ),
    "sign_in_why": Sentence(
        "Patients are shown only to somebody who is signed in.",
        "Les patients ne sont montrés qu'aux personnes connectées.",
    ),
    "form_old": Sentence(
        "This form was open for too long. Nothing was changed: do it again.",
        "Ce formulaire était ouvert depuis trop longtemps. Rien n'a été changé : recommencez.",
    ),
    "not_yours": Sentence(
        "Only an administrator may do that.", "Seul un administrateur peut faire cela."
    ),
    "not_found": Sentence("There is no such page.", "Cette page n'existe pas."),
    "failed": Sentence(
        "The page could not be made. The node works on; tell your support.",
        "La page n'a pas pu être préparée. Le poste continue ; prévenez votre assistance.",
    ),
    # Panel
    "panel": Sentence("Panel", "Panneau"),
    "patient": Sentence("Patient", "Patient"),
    "born": Sentence("born", "né(e) le"),
    "lamps": Sentence("Lamps", "Voyants"),
    "lamp_ready": Sentence("Ready", "Prêt"),
    "lamp_working": Sentence("Working", "En cours"),
    "lamp_fault": Sentence("Fault", "Défaut"),
    "lamp_network": Sentence("Network", "Réseau"),
    "on": Sentence("on", "allumé"),
    "off": Sentence("off", "éteint"),
    "buttons": Sentence("Buttons", "Boutons"),
    "button_scan": Sentence("SCAN", "NUMÉRISER"),
    "button_next": Sentence("NEXT", "SUIVANT"),
    "button_back": Sentence("BACK", "RETOUR"),
    "button_reject": Sentence("REJECT", "REJETER"),
    "button_urgent": Sentence("URGENT", "URGENT"),
    "button_send": Sentence("SEND", "ENVOYER"),
    "only_shown": Sentence(
        "The buttons are on the appliance: here they are only shown.",
        "Les boutons sont sur l'appareil : ils sont seulement montrés ici.",
    ),
    "simulated": Sentence(
        "Simulated node: these buttons press its panel.",
        "Poste simulé : ces boutons actionnent son panneau.",
    ),
    "progress": Sentence("Scan", "Numérisation"),
    "see_last": Sentence("Look at the last image", "Voir la dernière image"),
    "no_image": Sentence("No image is stored yet.", "Aucune image n'est encore stockée."),
    # Image
    "image": Sentence("Image", "Image"),
    "for_looking": Sentence(
        "To check the film, not for diagnosis.", "Pour contrôler le film, pas pour le diagnostic."
    ),
    "window": Sentence("Window", "Fenêtre"),
    "centre": Sentence("Centre", "Centre"),
    "width": Sentence("Width", "Largeur"),
    "drag_window": Sentence("Drag: window", "Glisser : fenêtre"),
    "drag_pan": Sentence("Drag: move", "Glisser : déplacer"),
    "zoom_in": Sentence("Zoom in", "Agrandir"),
    "zoom_out": Sentence("Zoom out", "Réduire"),
    "turn": Sentence("Turn", "Tourner"),
    "flip": Sentence("Flip", "Retourner"),
    "invert": Sentence("Invert", "Inverser"),
    "reset": Sentence("Reset", "Rétablir"),
    "darker": Sentence("Darker", "Plus sombre"),
    "lighter": Sentence("Lighter", "Plus clair"),
    "harder": Sentence("More contrast", "Plus de contraste"),
    "softer": Sentence("Less contrast", "Moins de contraste"),
    "preset_light_box": Sentence("As on the light box", "Comme au négatoscope"),
    "preset_file": Sentence("As in the file", "Selon le fichier"),
    "preset_full": Sentence("All values", "Toutes les valeurs"),
    "preset_auto": Sentence("This film", "Ce film"),
    "display_tools": Sentence("Display", "Affichage"),
    "image_keys": Sentence(
        "Keys on the image: arrows for the window, + and - for the zoom, Shift and arrows to "
        "move, R turn, F flip, I invert, 0 reset.",
        "Touches sur l'image : flèches pour la fenêtre, + et - pour le zoom, Maj et flèches "
        "pour déplacer, R tourner, F retourner, I inverser, 0 rétablir.",
    ),
    "shown_flipped": Sentence(
        "Shown mirrored: left and right are exchanged on the display.",
        "Affichage en miroir : la gauche et la droite sont inversées à l'écran.",
    ),
    "shown_turned": Sentence("Shown turned by {degrees}°.", "Affichage tourné de {degrees}°."),
    "loading": Sentence("The image is being read…", "Lecture de l'image…"),
    "image_failed": Sentence("The image could not be read.", "L'image n'a pas pu être lue."),
    "side": Sentence("Side", "Côté"),
    "side_L": Sentence("Left (L)", "Gauche (L)"),
    "side_R": Sentence("Right (R)", "Droite (R)"),
    "side_B": Sentence("Both (B)", "Bilatéral (B)"),
    "side_unknown": Sentence("not in the header", "non indiqué dans l'en-tête"),
    "view": Sentence("View", "Incidence"),
    "taken": Sentence("Stored", "Stockée"),
    "number": Sentence("Number", "N°"),
    "accession": Sentence("Accession number", "N° d'accès"),
    "patient_id": Sentence("Patient ID", "Identifiant"),
    # Studies
    "studies": Sentence("Studies", "Examens"),
    "today": Sentence("Today", "Aujourd'hui"),
    "search": Sentence("Search", "Rechercher"),
    "search_name": Sentence("Patient's name, all days", "Nom du patient, tous les jours"),
    "study": Sentence("Study", "Examen"),
    "images": Sentence("Images", "Images"),
    "where": Sentence("Where it is", "Où en est l'examen"),
    "read": Sentence("Read", "Lu"),
    "read_unknown": Sentence("not known", "non connu"),
    "read_note": Sentence(
        "Whether somebody has read an image is known only to the archive: it does not tell.",
        "Seule l'archive sait si une image a été lue : elle ne le dit pas.",
    ),
    "urgent": Sentence("urgent", "urgent"),
    "kept_nowhere": Sentence("goes to no archive", "ne va vers aucune archive"),
    "state_queued": Sentence("to be sent", "à envoyer"),
    "state_waiting": Sentence("waiting for a look", "en attente de contrôle"),
    "state_sending": Sentence("being sent", "en cours d'envoi"),
    "state_unproven": Sentence("being compared", "en cours de comparaison"),
    "state_sent": Sentence("sent", "envoyé"),
    "state_awaiting": Sentence("sent, promise asked", "envoyé, garantie demandée"),
    "state_confirmed_by_query": Sentence("sent, listed there", "envoyé, vu sur place"),
    "state_unproven_awaiting": Sentence("being compared", "en cours de comparaison"),
    "state_withdrawn": Sentence("withdrawn", "retiré"),
    "state_discarded": Sentence("rejected or corrected, removed", "rejetée ou corrigée, effacée"),
    "state_superseded": Sentence("corrected by another", "corrigé par une autre"),
    "state_committed": Sentence("kept by the archive", "conservé par l'archive"),
    "state_held": Sentence("held", "retenu"),
    "state_rejected": Sentence("rejected", "rejeté"),
    "state_damaged": Sentence("damaged here", "abîmé ici"),
    "state_missing": Sentence("missing here", "manquant ici"),
    "state_evicted": Sentence("at the archive only", "à l'archive seulement"),
    "state_evicting": Sentence("at the archive only", "à l'archive seulement"),
    # Queue
    "queue": Sentence("Queue", "File d'envoi"),
    "to": Sentence("To", "Vers"),
    "tries": Sentence("Tries", "Essais"),
    "due": Sentence("Next", "Prochain essai"),
    "why": Sentence("Why", "Motif"),
    "hold": Sentence("Hold", "Retenir"),
    "release": Sentence("Release", "Libérer"),
    "retry": Sentence("Retry now", "Réessayer"),
    "retry_all": Sentence("Retry all now", "Tout réessayer maintenant"),
    "release_all": Sentence("Release all", "Tout libérer"),
    "actions": Sentence("Actions", "Actions"),
    "queue_empty": Sentence(
        "Nothing waits: every archive keeps what it was sent.",
        "Rien n'attend : chaque archive conserve ce qui lui a été envoyé.",
    ),
    "queue_admin": Sentence(
        "An administrator may hold, release or hurry an image.",
        "Un administrateur peut retenir, libérer ou relancer une image.",
    ),
    "queue_cut": Sentence("The first {count} are shown.", "Les {count} premières sont montrées."),
    "done_hold": Sentence("Held: {count}.", "Retenues : {count}."),
    "done_release": Sentence("Released: {count}.", "Libérées : {count}."),
    "done_retry": Sentence("To be sent now: {count}.", "À envoyer maintenant : {count}."),
    # Reconciliation
    "reconciliation": Sentence("Reconciliation", "Rattachement"),
    "reconciliation_why": Sentence(
        "Urgent studies without an order, and studies under a wrong patient.",
        "Examens urgents sans demande, et examens placés sous un mauvais patient.",
    ),
    "reconciliation_none": Sentence(
        "Every study is under its order.", "Chaque examen est rattaché à sa demande."
    ),
    "reconciliation_recent": Sentence("Asked for lately", "Demandés récemment"),
    "marked_wrong": Sentence("marked as wrong", "signalé comme erroné"),
    "mark_wrong": Sentence("Wrong patient", "Mauvais patient"),
    "mark_why": Sentence(
        "If these images are not of this patient, say so: the study then waits for its order.",
        "Si ces images ne sont pas de ce patient, signalez-le : l'examen attendra sa demande.",
    ),
    "find_order": Sentence("Find the order", "Trouver la demande"),
    "orders": Sentence("Orders, the likeliest first", "Demandes, les plus probables d'abord"),
    "orders_none": Sentence(
        "The worklist has no order.", "La liste de travail ne contient aucune demande."
    ),
    "choose": Sentence("Choose", "Choisir"),
    "compare": Sentence("Compare", "Comparer"),
    "images_say": Sentence("The images say", "Les images indiquent"),
    "order_says": Sentence("The order says", "La demande indique"),
    "id_name": Sentence("Name", "Nom"),
    "id_birth_date": Sentence("Born", "Né(e) le"),
    "id_patient_id": Sentence("Patient ID", "Identifiant"),
    "id_accession": Sentence("Accession number", "N° d'accès"),
    "id_description": Sentence("Study", "Examen"),
    "type_name": Sentence(
        "Type the family name of the order", "Saisissez le nom de famille de la demande"
    ),
    "reconcile_what": Sentence(
        "New images are made under this order and sent; those before are set aside, and say so.",
        "De nouvelles images sont créées sous cette demande et envoyées ; les précédentes sont "
        "mises de côté et le mentionnent.",
    ),
    "reconcile_do": Sentence("Reconcile", "Rattacher"),
    # State of the node
    "node_state": Sentence("Disks", "Disques"),
    "disks": Sentence("Mirrored disks", "Disques en miroir"),
    "disk": Sentence("Disk", "Disque"),
    "condition": Sentence("State", "État"),
    "member_working": Sentence("working", "en service"),
    "member_failing": Sentence("failing", "défaillant"),
    "member_missing": Sentence("missing", "absent"),
    "member_filling": Sentence("being filled", "en cours de copie"),
    "member_spare": Sentence("spare", "de réserve"),
    "smart_passed": Sentence("good", "bonne"),
    "smart_failing": Sentence("failing", "défaillante"),
    "smart_unknown": Sentence("not told", "non indiquée"),
    "errors": Sentence("Errors", "Erreurs"),
    "health": Sentence("Health", "Santé"),
    "space": Sentence("Space", "Place"),
    "free": Sentence("free", "libres"),
    "stored": Sentence("images stored", "images stockées"),
    "lost": Sentence("Damaged or missing images", "Images abîmées ou manquantes"),
    "worklist": Sentence("Worklist", "Liste de travail"),
    "worklist_count": Sentence("orders, heard at", "demandes, reçues à"),
    "worklist_never": Sentence(
        "Nothing was heard of the RIS for days, or ever.",
        "Aucune nouvelle du SIR depuis des jours, ou jamais.",
    ),
    "notices": Sentence("What the watchers say", "Ce que disent les surveillances"),
    "no_notice": Sentence("not looked at yet", "pas encore vérifié"),
    "since": Sentence("since", "depuis"),
    # Log
    "log": Sentence("Log", "Journal"),
    "log_note": Sentence(
        "The newest events since the start, without any name.",
        "Les derniers événements depuis le démarrage, sans aucun nom.",
    ),
    "at": Sentence("At", "Heure"),
    "event": Sentence("Event", "Événement"),
    "detail": Sentence("Detail", "Détail"),
    **PLATES,
}


class Words:
    """`say.KEY` of the templates: the text in one language. An unknown key is a KeyError."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __getattr__(self, key: str) -> str:
        return self.told(TEXTS[key])

    def __getitem__(self, key: str) -> str:
        return self.told(TEXTS[key])

    def told(self, sentence: Sentence) -> str:
        return sentence.said(self.language)

    def state(self, value: str) -> str:
        """Of an image on its way, or of its file; one that is new here, as the index calls it."""
        return self._of("state_", value)

    def member(self, value: str) -> str:
        """`hal.storage_array.MemberState`."""
        return self._of("member_", value)

    def smart(self, value: str) -> str:
        """`hal.storage_array.SmartHealth`."""
        return self._of("smart_", value)

    def _of(self, kind: str, value: str) -> str:
        key = kind + re.sub(r"\W+", "_", value)
        return self.told(TEXTS[key]) if key in TEXTS else value

    def reason(self, row: sqlite3.Row) -> str:
        """Of a row of the queue; in English where the reason has no other language."""
        return self.told(Sentence(row["last_error"], row["last_error_fr"] or row["last_error"]))

    def filled(self, key: str, **values: object) -> str:
        return self.told(TEXTS[key].fill(**values))
