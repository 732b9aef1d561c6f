"""Today's studies: where each image stands, looks and rejections; earlier ones by name."""

from firmware.web.studies_rows import of_day
from tests.web.page_kit import ZONE, PageKit, order

AT = "2026-11-24T10:31:07.000000Z"


def looked(kit: PageKit, uid: str, verdict: str) -> None:
    with kit.page.writing() as database, database.transaction() as connection:
        connection.execute(
            "INSERT OR IGNORE INTO examination (id, study_instance_uid, order_json, device,"
            " opened_at) VALUES (1, '1.2', '{}', 'film', ?)",
            (AT,),
        )
        connection.execute(
            "INSERT INTO looked_at (instance, examination, verdict, at) VALUES (?, 1, ?, ?)",
            (uid, verdict, AT),
        )


def stands(kit: PageKit, archive: str) -> dict[str, int]:
    with kit.page.reading() as database:
        (study,) = of_day(database, kit.clock.now(), ZONE)
    return {state: stands.count for state, stands in study.ways[archive].items()}


def test_states_are_counted_for_each_archive(kit: PageKit) -> None:
    one = order("EXEMPLE^Éléonore", "D100042", "D2026-0117", "Thorax")
    uids = [kit.store(one, number=number) for number in range(1, 6)]
    kit.stands(uids[0], "douai", "committed", sent_at=AT, committed_at=AT)
    kit.stands(uids[1], "douai", "sent", sent_at=AT)
    looked(kit, uids[2], "waiting")
    looked(kit, uids[3], "rejected")
    kit.stands(uids[3], "douai", "withdrawn")
    looked(kit, uids[4], "accepted")
    assert stands(kit, "douai") == {
        "committed": 1,
        "sent": 1,
        "waiting": 1,
        "rejected": 1,
        "queued": 1,
    }
    text = kit.signed_in().get("/studies").text
    for said in ("conservé par l", "en attente de contrôle", "rejeté", "à envoyer", "non connu"):
        assert said in text
    assert "11:31" in text, "local time"


def test_yesterdays_are_found_by_name_alone(kit: PageKit) -> None:
    kit.store(order("EXEMPLE^Éléonore", "D100042", "D2026-0117", "Thorax"))
    kit.clock.sleep(2 * 86_400)
    client = kit.signed_in()
    assert "EXEMPLE" not in client.get("/studies").text
    assert "EXEMPLE Éléonore" in client.get("/studies", params={"name": "eleo"}).text
    assert "EXEMPLE" not in client.get("/studies", params={"name": "xemple"}).text
    assert ("web:lea", "patients searched", "") in kit.trail()
