"""What this room tells the shop: the sentence to send on to a buyer."""

from portal.core.base.database import reading
from portal.core.base.events import Payload, Renderer, Told
from portal.core.base.settings import settings
from portal.core.web.i18n import speaking
from portal.service.messages import queries
from portal.service.messages.rules import reachable
from portal.service.messages.sending import EVENT
from portal.service.messages.wording import Wordless, spoken


async def told_message(payload: Payload, subject: str) -> Told | None:
    """The buyer, her phone, and what to say to her; nothing where she was erased or there is no text for it."""
    try:
        with speaking(settings().language):
            async with reading():
                message = await queries.message(int(payload["message"]))
                if message is None or not reachable(message.phone):
                    return None
                return Told(message.at, (await spoken(message)).data)
    except Wordless:
        return None


RENDERERS: dict[str, Renderer] = {EVENT: told_message}
