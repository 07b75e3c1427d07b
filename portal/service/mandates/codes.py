"""Codes that only the buyer sees: made from a nonce and the site's secret key whenever needed, and kept nowhere."""

import hmac
from collections.abc import Mapping
from typing import Any

from portal.core.base.ids import bound_to
from portal.core.base.settings import settings
from portal.service.mandates.rules import CODE_DIGITS

CODE = "mandate_code"  # the kind of message that carries one


def code_of(nonce: str) -> str:
    """The six digits that belong to a nonce."""
    digest = bound_to(settings().secret_key, "mandate_code", nonce)
    return str(int(digest[:16], 16) % 10**CODE_DIGITS).zfill(CODE_DIGITS)


def fits(nonce: str, typed: str) -> bool:
    return hmac.compare_digest(code_of(nonce).encode(), typed.encode())


async def fill(params: Mapping[str, Any]) -> dict[str, Any]:
    """What a message that carries a code is filled with, at the moment of sending."""
    return {"code": code_of(str(params["nonce"]))}
