"""Figures beside their references, each pair from the same run on the same machine."""
