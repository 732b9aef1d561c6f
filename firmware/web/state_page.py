"""The node itself: mirrored disks, room, damaged images, what its watchers say; and its log."""

import json
from typing import Any

from starlette.responses import Response

from firmware.index.database import Database, stamp
from firmware.index.scheduled import Scheduled
from firmware.lost_report import LISTED_MAX, LOST, lost_report
from firmware.web.page import Visit


def disks(visit: Visit) -> Response:
    page = visit.page
    with page.reading() as database:
        told = _notices(database)
        ((count, size_bytes),) = database.rows("SELECT count(*), total(size_bytes) FROM instance")
        named = {"count": str(LISTED_MAX)}
        worklist = Scheduled(database, page.clock).last()
        lost = lost_report(dict(row) for row in database.rows(LOST, named))
    return visit.html(
        "disks.html",
        array=told.pop("array", None),
        notices=told,
        free_bytes=page.disk.free_bytes(),
        stored={"count": count, "bytes": size_bytes},
        lost=lost,
        worklist={"count": len(worklist.orders), "at": worklist.at and stamp(worklist.at)},
    )


def log(visit: Visit) -> Response:
    return visit.html("log.html", lines=visit.page.journal.newest())


def _notices(database: Database) -> dict[str, dict[str, Any]]:
    return {
        row["name"]: {"at": row["at"], **json.loads(row["content"])}
        for row in database.rows("SELECT * FROM notice ORDER BY name")
    }
