"""A party's own page gets another address: the old one may have come into the wrong hands."""

from datetime import datetime

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.public_links import Door, end_link, link_to
from portal.service.assessments import telling
from portal.service.assessments.queries import Firm


async def replace(actor: Actor, firm: Firm, at: datetime) -> str:
    """End the party's link and make another, which it gets by mail. Returns the new address."""
    async with writing():
        await end_link(Door.STANDING, firm.id, at)
        address = await link_to(Door.STANDING, firm.id, at)
        await audit.record(actor, "standing.link_replaced", ("supplier", firm.id), at)
        await telling.mail(firm, "link", at)
        return address
