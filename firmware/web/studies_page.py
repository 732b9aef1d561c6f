"""Today's studies and where each one is; earlier ones by name."""

from starlette.responses import Response

from firmware.web import studies_rows
from firmware.web.page import Visit

NAME_MAX = 64


def show(visit: Visit) -> Response:
    name = visit.request.query_params.get("name", "")[:NAME_MAX].strip()
    page = visit.page
    with page.reading() as database:
        if name:
            studies = studies_rows.of_name(database, name)
        else:
            studies = studies_rows.of_day(database, page.now(), page.zone)
    if name:
        page.trail(visit.session.actor, "patients searched", detail=f"{len(studies)} found")
    return visit.html("studies.html", studies=studies, name=name)
