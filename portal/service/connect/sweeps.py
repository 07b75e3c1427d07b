"""What time brings: old tries, ids of webhooks taken in long ago, and uploaded tables are forgotten."""

from portal.core.base.clock import now
from portal.core.base.database import writing
from portal.service.connect.imports.runs import forget_files
from portal.service.connect.rules import KEPT_FOR
from portal.service.connect.tables import Delivery, ReceivedWebhook


async def tidy() -> None:
    """A webhook is signed within five minutes, and retried for days at most: older ids prove nothing any more."""
    at = now()
    before = at - KEPT_FOR
    async with writing():
        await Delivery.delete().where(Delivery.at < before)
        await ReceivedWebhook.delete().where(ReceivedWebhook.received_at < before)
    await forget_files(at)
