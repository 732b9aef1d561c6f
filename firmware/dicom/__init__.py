"""Data sets: which attributes, from where, in which standard's section."""
