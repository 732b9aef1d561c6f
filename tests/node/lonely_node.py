"""A configuration for a node in a process of its own, whose archive is not there."""

from pathlib import Path

from tests.peers import free_port


def lonely_node(folder: Path, more: str = "") -> Path:
    """node.toml in this folder; `more` is TOML behind the rest."""
    file = folder / "node.toml"
    file.write_text(
        f"""
        backend = "sim"
        [station]
        institution_name = "Hôpital d'essai"
        listen_host = "127.0.0.1"
        listen_port = {free_port()}
        [store]
        path = "store"
        reserve_mib = 0
        [archives.nobody]
        ae_title = "NOBODY"
        host = "127.0.0.1"
        port = {free_port()}
        {more}
        """
    )
    return file
