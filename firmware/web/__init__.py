"""The web page: the panel as it is, the last image, today's studies, the queue, the disks, the log.

A thread of its own, reading the index by connections of its own. It never blocks the panel or a
scan, never changes a pixel, and shows no patient to somebody who is not signed in.
"""
