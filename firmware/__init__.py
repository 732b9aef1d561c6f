"""The appliance: what happens between a press and an image that the archive keeps.

It touches the world only through `hal`.
"""
