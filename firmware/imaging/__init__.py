"""Pixels and optical density: pure functions over arrays."""
