"""Where a simulated device listens: HOST:PORT as told, never anywhere else."""

import socket

from hal.errors import ConfigError, Sentence

BACKLOG = 4
NOT_AN_ADDRESS = Sentence(
    en="{text} is no address to listen on; give HOST:PORT, e.g. 127.0.0.1:1865 (port 0: any free).",
    fr="{text} n'est pas une adresse d'écoute ; indiquez HÔTE:PORT, p. ex. 127.0.0.1:1865 (port "
    "0 : un port libre).",
)
CANNOT_LISTEN = Sentence(
    en="Cannot listen on {text} ({detail}): choose another port, or stop what is using it.",
    fr="Impossible d'écouter sur {text} ({detail}) : choisissez un autre port, ou arrêtez le "
    "programme qui l'utilise.",
)


def open_listener(text: str) -> socket.socket:
    """Raises ConfigError."""
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 0xFFFF:
        raise ConfigError(NOT_AN_ADDRESS.fill(text=text))
    try:
        return socket.create_server((host.strip("[]"), int(port)), backlog=BACKLOG)
    except OSError as error:
        detail = error.strerror or error
        raise ConfigError(CANNOT_LISTEN.fill(text=text, detail=detail)) from error


def address_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"{host}:{port}"
