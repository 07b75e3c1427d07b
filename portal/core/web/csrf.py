"""The CSRF token: bound to the sign-in (or a visitor's cookie), salted anew in every form."""

import hmac
import secrets

from markupsafe import Markup

from portal.core.base.ids import bound_to, new_ref
from portal.core.base.settings import settings
from portal.core.web.state import PageState, state

FIELD = "_csrf"
KEY_FIELD = "_key"
HEADER = "x-csrf-token"


def make_token(owner: str) -> str:
    """A token for `owner`; the salt differs each time, so that compressed pages tell nothing about it."""
    salt = secrets.token_hex(8)
    return f"{salt}.{bound_to(settings().secret_key, 'csrf', f'{salt}:{owner}')}"


def token_fits(token: str, owner: str) -> bool:
    salt, _, digest = token.partition(".")
    expected = bound_to(settings().secret_key, "csrf", f"{salt}:{owner}")
    return hmac.compare_digest(digest.encode(), expected.encode())


def from_here(headers: dict[str, str], page: PageState) -> bool:
    """What the browser itself says of where the request comes from; silence (old browsers) is left to the token."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site not in ("same-origin", "none"):
        return False
    # A form on a page that sends no referrer (those that a secret link opens) has `Origin: null`.
    if origin is None or (origin == "null" and site == "same-origin"):
        return True
    own = {settings().base_url, f"http://{headers.get('host', '')}", f"https://{headers.get('host', '')}"}
    return origin in own


def csrf_token() -> str:
    return make_token(state().csrf_owner())


def csrf_field() -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, csrf_token())


def key_field() -> Markup:
    """The idempotency key of a form: the same page sent twice has one effect."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(KEY_FIELD, new_ref())
