"""What must be true of a node in a seeded world, whatever happened to it.

It is held against what the node told, what a person could see and what the archive really has.
Nothing of firmware's logic is used: the index is read with plain SQL, files with hashlib and
pydicom.
"""
