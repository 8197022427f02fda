"""Account data: the logged-in user, the gateway's global permissions, and the result of an execution."""

from __future__ import annotations

from msgspec import Struct

from replay_tui.domain.lenient_model import LenientModel, StringList
from replay_tui.domain.session import Session

ADMIN_GROUP, AUDITOR_GROUP = "admin", "auditor"


class CurrentUser(LenientModel):
    """Response of `GET /userinfo`."""

    id: str | None = None
    name: str | None = None
    email: str | None = None
    role: str | None = None
    status: str | None = None
    groups: StringList | None = None
    is_admin: bool | None = None
    org_name: str | None = None

    @property
    def display_name(self) -> str:
        """Name, e-mail or id of this user, for display."""
        return self.name or self.email or self.id or "unknown user"

    @property
    def is_admin_member(self) -> bool:
        """True if this user is an administrator of the gateway."""
        return bool(self.is_admin) or self.role == ADMIN_GROUP

    @property
    def is_auditor(self) -> bool:
        """True if this user may read every session."""
        return self.role == AUDITOR_GROUP or AUDITOR_GROUP in (self.groups or [])

    def owns(self, session: Session) -> bool:
        """Return True if `session` belongs to this user."""
        fields = session.fields
        return bool((self.id and fields.user_id == self.id) or (self.email and fields.user == self.email))


class ServerInfo(LenientModel):
    """Response of `GET /serverinfo`; only the version and two permissions are used."""

    version: str | None = None
    disable_sessions_download: bool | None = None
    disable_clipboard_copy_cut: bool | None = None

    @property
    def downloads_allowed(self) -> bool:
        """True if the gateway said that sessions may be saved; False disables export, `fetch` and piped output."""
        return self.disable_sessions_download is False

    @property
    def copy_allowed(self) -> bool:
        """True if text may be copied to the clipboard."""
        return self.downloads_allowed and not self.disable_clipboard_copy_cut

    @property
    def downloads_unknown(self) -> bool:
        """True if the gateway did not say whether sessions may be saved, which counts as a prohibition."""
        return self.disable_sessions_download is None


class Execution(Struct, frozen=True):
    """Result of running an approved session. `running` is True if it continues after the gateway stopped waiting."""

    session_id: str
    running: bool
    output: str = ""
    status: str = ""
    exit_code: int | None = None
    truncated: bool = False
