"""Our cookies, all alike: bound to this host, out of the scripts' reach, not sent along from other sites."""

from portal.core.base.settings import settings

SIGN_IN_COOKIE = "session"
VISITOR_COOKIE = "visitor"
TOAST_COOKIE = "toast"


def cookie_name(name: str) -> str:
    """`__Host-` wherever HTTPS allows it, so that no subdomain and no plain-HTTP page can set it."""
    return f"__Host-{name}" if settings().secure else name


def cookie_line(name: str, value: str, max_age: int | None) -> str:
    """A Set-Cookie line as all of ours are: host-bound, HttpOnly, Lax; `max_age` in seconds, None until closed."""
    secure = "; Secure" if settings().secure else ""
    age = f"; Max-Age={max_age}" if max_age is not None else ""
    return f"{cookie_name(name)}={value}; Path=/{age}; HttpOnly; SameSite=Lax{secure}"
