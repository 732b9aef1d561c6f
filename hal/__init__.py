"""What the node needs from the world: interfaces and frozen values.

Standard library only, no I/O, no behaviour. `firmware` speaks to devices, peers and disks
through these names alone; `drivers` and `sim` implement them.
"""
