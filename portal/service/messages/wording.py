"""A message's words, made at sending from its kind and parameters."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.core.notices.texts import shown
from portal.core.web.i18n import MissingText, t
from portal.service.messages import queries
from portal.service.messages.queries import MessageInfo

# What a kind is filled with at sending beside its parameters: codes, which are kept nowhere. Joined in wiring.
Filler = Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]
FILLERS: dict[str, Filler] = {}

HIDDEN = "••••••"


class Wordless(Exception):
    """This version has no fitting text for it."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message as it leaves: `text` ends with the address, if there is one, so that it can be sent on as it is."""

    vip: str
    phone: str
    kind: str
    text: str
    order: str | None
    url: str | None

    @property
    def data(self) -> dict[str, object]:
        """In the words of the contract."""
        return {
            "vip": self.vip,
            "phone": self.phone,
            "kind": self.kind,
            "text": self.text,
            "order": self.order,
            "url": self.url,
        }


async def spoken(message: MessageInfo) -> Spoken:
    """The message in the language of the reader in hand. Inside a door. Raises Wordless."""
    filler = FILLERS.get(message.kind)
    filled = await filler(message.params) if filler else {}
    url = await queries.address(message.way)
    sentence = _sentence(message, filled)
    return Spoken(
        vip=message.vip,
        phone=message.phone,
        kind=message.kind,
        text=f"{sentence} {url}" if url else sentence,
        order=await queries.order_number(message.order_id),
        url=url,
    )


def sentence_for_staff(message: MessageInfo) -> str | None:
    """What was said, without the secrets that only the buyer is told; None where there is no text for it."""
    try:
        return _sentence(message, dict.fromkeys(("code",), HIDDEN) if message.kind in FILLERS else {})
    except Wordless:
        return None


def _sentence(message: MessageInfo, filled: Mapping[str, Any]) -> str:
    try:
        # A text is filled even where nothing fills it, so that a parameter that is missing is noticed.
        return t(f"buyer.{message.kind}", **{"_": "", **shown(message.params), **filled})
    except (MissingText, KeyError, TypeError, ValueError) as error:
        raise Wordless(message.kind) from error
