"""The index: what the node holds and where each copy stands, in SQLite.

It never holds what the files do not: patient to instance can be made again from them.
"""
