"""What goes wrong at the panel's own hardware, in both languages."""

from drivers.screen_looks import BUTTONS
from hal.errors import Sentence
from hal.panel import Button

STUCK = Sentence(
    en="The button {button} is stuck: free it. The other buttons work.",
    fr="Le bouton {button} est bloqué : dégagez-le. Les autres boutons fonctionnent.",
)
NO_PINS = Sentence(
    en="The panel's pins cannot be reached ({reason}). On a board, install sapi-node[board]; "
    'without buttons, write kind = "keyboard" in [panel].',
    fr="Les broches du panneau sont inaccessibles ({reason}). Sur une carte, installez "
    'sapi-node[board] ; sans boutons, écrivez kind = "keyboard" dans [panel].',
)
PIN_TWICE = Sentence(
    en="[panel]: pin {pin} is used twice, for {first} and for {second}. Choose another.",
    fr="[panel] : la broche {pin} sert deux fois, pour {first} et pour {second}. "
    "Choisissez-en une autre.",
)
NO_DISPLAY = Sentence(
    en="The display ({display}) does not answer: {reason}. Check its wires and that the bus is "
    "switched on.",
    fr="L'afficheur ({display}) ne répond pas : {reason}. Vérifiez ses fils et que le bus est "
    "activé.",
)
NO_READER = Sentence(
    en="The barcode reader is not there ({port}: {reason}). Plug it in; the orders can be chosen "
    "with the buttons meanwhile.",
    fr="Le lecteur de codes-barres n'est pas là ({port} : {reason}). Branchez-le ; en attendant, "
    "choisissez les demandes avec les boutons.",
)
NO_CODE = Sentence(
    en="The code could not be read. Scan it again.",
    fr="Le code n'a pas pu être lu. Scannez-le de nouveau.",
)


def stuck(button: Button) -> Sentence:
    return Sentence(
        en=STUCK.fill(button=BUTTONS["en"][button]).en,
        fr=STUCK.fill(button=BUTTONS["fr"][button]).fr,
    )
