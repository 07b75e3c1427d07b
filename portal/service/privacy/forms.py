"""What people may send to the pages of privacy."""

from typing import Annotated

from msgspec import Meta, Struct

from portal.service.privacy.rules import EraseReason, Reason


class RevealForm(Struct):
    """Why a number is asked for."""

    reason: Reason
    note: Annotated[str, Meta(max_length=300)] = ""


class EraseForm(Struct):
    """An erasure, confirmed by typing the buyer's number in the shop; `anyway`: though orders are still open."""

    reason: EraseReason
    confirmation: Annotated[str, Meta(max_length=80)]
    anyway: bool = False
