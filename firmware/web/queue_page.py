"""What waits for each archive, and what an administrator may do about it."""

from starlette.responses import RedirectResponse, Response

from firmware.forwarding import forwarder_name
from firmware.index.queue_actions import Chosen, QueueActions
from firmware.web.page import Visit

SHOWN_MAX = 200
ACTIONS = {
    "hold": QueueActions.hold,
    "release": QueueActions.release,
    "retry": QueueActions.hurry,
}
WAITING = (
    "SELECT outbox.*, name, instance_number FROM outbox"
    " JOIN instance ON sop_instance_uid = instance"
    " JOIN series ON series_instance_uid = series"
    " JOIN study ON study_instance_uid = study JOIN patient ON patient.id = patient"
    " WHERE state <> 'committed' AND state <> 'withdrawn'"
    " ORDER BY state = 'held' DESC, urgent DESC, due_at LIMIT ?"
)


def show(visit: Visit) -> Response:
    with visit.page.reading() as database:
        rows = database.rows(WAITING, (SHOWN_MAX + 1,))
    done, count = (visit.request.query_params.get(key, "") for key in ("done", "count"))
    said = ""
    if done in ACTIONS and count.isascii() and count.isdigit():
        said = visit.say.filled(f"done_{done}", count=int(count[:9]))
    return visit.html(
        "queue.html",
        rows=rows[:SHOWN_MAX],
        is_cut=len(rows) > SHOWN_MAX,
        shown=SHOWN_MAX,
        said=said,
    )


def act(visit: Visit) -> Response:
    """Each row that moves is on the trail, with who moved it, in the same transaction."""
    form, page = visit.form, visit.page
    action = ACTIONS.get(form.get("action", ""))
    uid, destination = form.get("uid", ""), form.get("to", "")
    if action is None or not (uid or form.get("all")):
        return RedirectResponse("/queue", 303)
    chosen = Chosen(uid=uid[:64], destination=destination[:32])
    with page.writing() as database:
        actions = QueueActions(database, page.clock)
        moved = action(actions, chosen, visit.session.actor)
    for name in {to for _, to in moved}:
        page.wake(forwarder_name(name))
    page.board.tell_news()
    return RedirectResponse(f"/queue?done={form['action']}&count={len(moved)}", 303)
