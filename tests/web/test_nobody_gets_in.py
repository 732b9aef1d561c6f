"""Without a session, from elsewhere, under another name, too large: nothing is shown or changed."""

import socket

import httpx
import pytest

from firmware.web.accounts import Account, Role
from firmware.web.app import PUBLIC, ways
from firmware.web.guard import BODY_MAX
from firmware.web.sign_in_page import FORM_COOKIE
from tests.web.page_kit import (
    ADMINISTRATOR,
    CHEAP,
    PASSWORD,
    PIN,
    TECHNICIAN,
    PageKit,
    session_token,
    sign_in,
    token_of,
)

SECRET_WORDS = (
    "UVRARD",
    "Éléonore",
    "IPP000042",
    "A2026-0042",
    "19550623",
    "23/06/1955",
    "2.25.1000",
)


def paths(kit: PageKit) -> list[tuple[str, str]]:
    uid = kit.store()
    everything = [(way.method, way.path.replace("{uid}", uid)) for way in ways()]
    return [*everything, ("GET", "/events"), ("GET", "/nowhere"), ("GET", "/images/1.2.3")]


def reveals_nothing(answer: httpx.Response) -> bool:
    everything = answer.text + str(answer.headers)
    return not any(
        word in everything for word in SECRET_WORDS if word not in answer.request.url.path
    )


@pytest.mark.parametrize("accept", ["text/html", "*/*"])
def test_nothing_without_a_session(kit: PageKit, accept: str) -> None:
    with kit.client() as client:
        for method, path in paths(kit):
            answer = client.request(method, path, headers={"Accept": accept})
            assert answer.status_code in (303, 401), (method, path)
            assert reveals_nothing(answer), path
            assert "set-cookie" not in answer.headers
    assert kit.trail() == []


def test_a_made_up_or_ended_session_is_none(kit: PageKit) -> None:
    client = kit.signed_in()
    token = client.cookies["sapi"]
    assert client.get("/studies").status_code == 200
    client.post("/sign-out", data={"token": session_token(client)})
    for cookie in (token, "x", "", token[:-1]):
        with kit.client() as other:
            other.cookies.set("sapi", cookie)
            assert other.get("/studies").status_code == 303


def test_an_idle_session_ends_and_a_page_by_itself_keeps_none(kit: PageKit) -> None:
    client = kit.signed_in()
    kit.clock.sleep(1700)
    assert client.get("/studies", headers={"X-Sapi-By-Itself": "1"}).status_code == 200
    kit.clock.sleep(200)
    assert client.get("/studies").status_code == 303


def test_a_removed_account_is_signed_out_at_once(kit: PageKit) -> None:
    client = kit.signed_in()
    kit.accounts.remove(TECHNICIAN)
    assert client.get("/studies").status_code == 303
    kit.accounts.add(Account(TECHNICIAN, Role.ADMINISTRATOR, CHEAP.hash(PIN)))
    assert client.get("/studies").status_code == 303, "and stays out until the next sign-in"


def test_a_thousand_wrong_pins_over_the_line(kit: PageKit) -> None:
    with kit.client() as client:
        token = token_of(client.get("/sign-in").text)
        answers = [
            client.post(
                "/sign-in", data={"token": token, "account": TECHNICIAN, "secret": f"{n:06}"}
            )
            for n in range(1000)
        ]
        assert {answer.status_code for answer in answers} == {403, 429}
        assert all("sapi" not in answer.cookies for answer in answers)
        assert sum(answer.status_code == 403 for answer in answers) < 10
        assert "Trop d&#39;essais" in answers[-1].text
        assert sign_in(client, TECHNICIAN, PIN).status_code == 429
        kit.clock.sleep(900)
        assert sign_in(client, TECHNICIAN, PIN).status_code == 303, "not locked out for good"
    assert len(kit.trail()) < 10, "and they do not fill the trail"
    assert kit.page.board.shown.version == 0, "the panel heard nothing of it"


def test_a_name_that_nobody_has_is_told_the_same(kit: PageKit) -> None:
    with kit.client() as client:
        wrong = sign_in(client, TECHNICIAN, "000001")
        unknown = sign_in(client, "a-password-typed-here", "000001")
        assert wrong.status_code == unknown.status_code == 403
        assert wrong.text == unknown.text
    assert ("web", "sign-in failed", "") in kit.trail()
    assert "a-password-typed-here" not in str(kit.trail())


def test_a_session_is_a_new_one_at_each_sign_in(kit: PageKit) -> None:
    with kit.client() as client:
        client.cookies.set("sapi", "chosen-by-somebody-else")
        sign_in(client, TECHNICIAN, PIN)
        cookies = [cookie.value for cookie in client.cookies.jar if cookie.name == "sapi"]
        assert all(
            len(value or "") >= 43 for value in cookies if value != "chosen-by-somebody-else"
        )
        with kit.client() as other:
            other.cookies.set("sapi", "chosen-by-somebody-else")
            assert other.get("/").status_code == 303


def test_cookies_are_for_the_browser_and_this_site_alone(kit: PageKit) -> None:
    with kit.client() as client:
        cookie = sign_in(client, TECHNICIAN, PIN).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_another_sites_form_changes_nothing(kit: PageKit) -> None:
    uid = kit.store()
    client = kit.signed_in(ADMINISTRATOR, PASSWORD)
    token = session_token(client)
    form = {"action": "hold", "uid": uid, "to": "douai", "token": token}
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"http://127.0.0.1:{kit.port + 1}"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        assert client.post("/queue", data=form, headers=headers).status_code == 403
    without = httpx.post(f"{kit.url}/queue", data=form, cookies=dict(client.cookies))
    assert without.status_code == 403, "no Origin at all"
    for wrong in ("", "x", token[:-1], "é"):
        assert client.post("/queue", data={**form, "token": wrong}).status_code == 403
    assert client.get(f"/queue?action=hold&uid={uid}&token={token}").status_code == 200
    assert kit.states(uid) == {"queued"}
    assert client.post("/queue", data=form).status_code == 303
    assert kit.states(uid) == {"queued", "held"}
    assert (f"web:{ADMINISTRATOR}", "held by a person", uid) in kit.trail()


def test_nobody_is_signed_in_by_another_site(kit: PageKit) -> None:
    with kit.client() as client:
        form = {"account": TECHNICIAN, "secret": PIN}
        assert client.post("/sign-in", data=form).status_code == 403
        foreign = token_of(httpx.get(f"{kit.url}/sign-in").text)
        assert client.post("/sign-in", data={**form, "token": foreign}).status_code == 403
        client.cookies.set(FORM_COOKIE, "another")
        assert client.post("/sign-in", data={**form, "token": foreign}).status_code == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example", "", "[::1"]
)
def test_a_forged_host_gets_nothing(kit: PageKit, host: str) -> None:
    client = kit.signed_in()
    for path in ("/", "/sign-in", "/static/frame.css"):
        answer = client.get(path, headers={"Host": host})
        assert answer.status_code in (400, 421)
        assert reveals_nothing(answer)


def test_localhost_is_this_machine(kit: PageKit) -> None:
    answer = httpx.get(f"{kit.url}/sign-in", headers={"Host": f"localhost:{kit.port}"})
    assert answer.status_code == 200


def test_a_technician_may_not_touch_the_queue(kit: PageKit) -> None:
    uid = kit.store()
    client = kit.signed_in()
    form = {"action": "hold", "uid": uid, "to": "", "token": session_token(client)}
    assert client.post("/queue", data=form).status_code == 403
    assert kit.states(uid) == {"queued"}
    assert "Retenir" not in client.get("/queue").text


def test_what_is_too_large_is_not_read(kit: PageKit) -> None:
    client = kit.signed_in()
    large = {"token": "x" * BODY_MAX}
    assert client.post("/sign-out", data=large).status_code == 413

    def chunks() -> object:
        for _ in range(64):
            yield b"a" * 1024

    answer = client.post(
        "/sign-out",
        content=chunks(),  # type: ignore[arg-type]
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 413
    assert client.get("/", headers={"X-Large": "x" * 40_000}).status_code in (400, 431)
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_only_get_and_post(kit: PageKit, method: str) -> None:
    assert kit.signed_in().request(method, "/queue").status_code == 405


@pytest.mark.parametrize(
    "path",
    ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static//etc/passwd"],
)
def test_static_files_are_those_alone(kit: PageKit, path: str) -> None:
    with socket.create_connection(("127.0.0.1", kit.port)) as line:
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{kit.port}\r\nConnection: close\r\n\r\n"
        line.sendall(head.encode())
        answer = line.makefile("rb").read()
    assert b" 200 " not in answer.splitlines()[0]
    assert b"import" not in answer
    assert b"root:" not in answer


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", "x"])
def test_nobody_is_led_elsewhere_after_signing_in(kit: PageKit, back: str) -> None:
    with kit.client() as client:
        token = token_of(client.get("/sign-in", params={"next": back}).text)
        form = {"token": token, "account": TECHNICIAN, "secret": PIN, "next": back}
        assert client.post("/sign-in", data=form).headers["location"] == "/"


def test_every_answer_has_the_headers(kit: PageKit) -> None:
    uid = kit.store()
    client = kit.signed_in()
    for path in (
        "/",
        "/sign-in",
        "/studies",
        f"/images/{uid}",
        f"/images/{uid}/pixels",
        "/nowhere",
    ):
        answer = client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers
    assert client.get("/static/frame.css").headers["cache-control"] == "no-cache"


def test_nothing_on_a_page_is_inline_or_from_elsewhere(kit: PageKit) -> None:
    uid = kit.store()
    client = kit.signed_in()
    for path in ("/", "/studies", "/queue", "/disks", "/log", f"/images/{uid}"):
        text = client.get(path).text
        assert "<style" not in text
        assert " style=" not in text
        assert " onclick=" not in text
        assert "http://" not in text
        assert "https://" not in text


def test_each_viewing_and_each_change_is_on_the_trail(kit: PageKit) -> None:
    uid = kit.store()
    client = kit.signed_in()
    client.get(f"/images/{uid}")
    client.get(f"/images/{uid}/pixels")
    client.post("/sign-out", data={"token": session_token(client)})
    actor = f"web:{TECHNICIAN}"
    assert kit.trail() == [
        (actor, "signed in", ""),
        (actor, "image viewed", uid),
        (actor, "signed out", ""),
    ]
    again = kit.signed_in()
    again.get(f"/images/{uid}/pixels")
    assert kit.trail()[-1] == (actor, "image viewed", uid), "pixels alone are a viewing too"


def test_public_is_only_what_is_said(kit: PageKit) -> None:
    assert PUBLIC == ("/sign-in", "/static")
