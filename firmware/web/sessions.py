"""Who is signed in: on the server's side, in memory, for a time. A restart signs everybody out."""

import hashlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from firmware.web.accounts import Role

TOKEN_BYTES = 32
SESSIONS_MAX = 64  # every tablet and desk of a department; the one unused the longest goes
VIEWED_MAX = 256


@dataclass
class Session:
    account: str
    role: Role
    csrf: str
    """In every form and every POST: another site's page cannot read it."""
    began_s: float
    touched_s: float
    viewed: set[str] = field(default_factory=set)
    """Images whose viewing is on the trail already."""

    @property
    def is_administrator(self) -> bool:
        return self.role is Role.ADMINISTRATOR

    @property
    def actor(self) -> str:
        """On the trail."""
        return f"web:{self.account}"

    def views(self, uid: str) -> bool:
        """True the first time."""
        if uid in self.viewed:
            return False
        if len(self.viewed) >= VIEWED_MAX:
            self.viewed.clear()
        self.viewed.add(uid)
        return True


class Sessions:
    """Thread-safe. Only a digest of each token is kept: memory that leaks signs nobody in."""

    def __init__(self, monotonic_s: Callable[[], float], idle_s: float, whole_s: float) -> None:
        self._monotonic_s = monotonic_s
        self._idle_s, self._whole_s = idle_s, whole_s
        self._sessions: OrderedDict[bytes, Session] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, account: str, role: Role) -> tuple[str, Session]:
        """(the token for the cookie, the session): a new one at each sign-in."""
        token, now = secrets.token_urlsafe(TOKEN_BYTES), self._monotonic_s()
        session = Session(account, role, secrets.token_urlsafe(TOKEN_BYTES), now, now)
        with self._lock:
            self._sessions[_digest(token)] = session
            while len(self._sessions) > SESSIONS_MAX:
                self._sessions.popitem(last=False)
        return token, session

    def find(self, token: str, *, touch: bool = True) -> Session | None:
        """`touch`: a person did something; what a page fetches by itself keeps nobody signed in."""
        key, now = _digest(token), self._monotonic_s()
        with self._lock:
            session = self._sessions.get(key)
            if session is None:
                return None
            if now - session.touched_s > self._idle_s or now - session.began_s > self._whole_s:
                del self._sessions[key]
                return None
            if touch:
                session.touched_s = now
                self._sessions.move_to_end(key)
        return session

    def close(self, token: str) -> None:
        with self._lock:
            self._sessions.pop(_digest(token), None)

    def close_all_of(self, account: str) -> None:
        with self._lock:
            for key in [key for key, one in self._sessions.items() if one.account == account]:
                del self._sessions[key]


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
