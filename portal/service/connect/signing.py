"""Standard Webhooks: signing what goes out, and checking what comes in.

The library signs; its own check is not used, because it reads the machine's clock instead of the portal's and lets
several other errors out than its own.
"""

import base64
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

from portal.core.base.refusals import Refused
from portal.service.connect.rules import is_stale

LONGEST_ID = 120


class Unsigned(Refused):
    """A webhook that is not signed as it should be, or too long ago."""

    def __init__(self) -> None:
        super().__init__("webhook_unsigned", status=401)


def new_secret() -> str:
    """A secret as the standard writes it: 256 bits."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def usable_secret(secret: str) -> bool:
    """Whether something can be signed with it."""
    try:
        Webhook(secret).sign("usable", datetime.now(UTC), "")
    except Exception:  # the library raises whatever its parts raise
        return False
    return True


def signature_headers(keys: Sequence[str], webhook_id: str, body: str) -> dict[str, str]:
    """The three headers, a signature by each secret: a receiver that has one of them is content.

    Their time is the real one: the receiver checks it by a clock that is not ours to move.
    """
    sent_at = datetime.now(UTC)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": " ".join(Webhook(key).sign(webhook_id, sent_at, body) for key in keys),
    }


def verified_id(secret: str, headers: Mapping[str, str], body: bytes, at: datetime) -> str:
    """The id of a webhook that was signed with `secret` within five minutes of `at`. Raises Unsigned."""
    try:
        webhook_id, stamp = headers["webhook-id"], headers["webhook-timestamp"]
        sent_at = datetime.fromtimestamp(int(stamp), UTC)
        expected = Webhook(secret).sign(webhook_id, sent_at, body.decode()).encode()
        given = headers["webhook-signature"].encode().split(b" ")
        fits = any(hmac.compare_digest(expected, one) for one in given)
    except Exception as error:  # whatever is wrong with it, it is not signed
        raise Unsigned from error
    if not fits or not stamp.isdecimal() or is_stale(sent_at, at) or not 0 < len(webhook_id) <= LONGEST_ID:
        raise Unsigned
    return webhook_id
