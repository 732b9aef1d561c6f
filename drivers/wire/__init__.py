"""Bytes <-> messages, pure: no I/O, no clock, no threads. One module a protocol."""
