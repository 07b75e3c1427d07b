"""A party's own page gets an address, or another one: the old one may have come into the wrong hands."""

from datetime import datetime

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.public_links import Door, address_of, end_link, link_to
from portal.service.assessments import telling
from portal.service.assessments.queries import Firm


async def renew(actor: Actor, firm: Firm, at: datetime) -> str:
    """Make a link to the party's page, which it gets by mail; one that it had ends. Returns the address."""
    async with writing():
        had = await address_of(Door.STANDING, firm.id) is not None
        await end_link(Door.STANDING, firm.id, at)
        address = await link_to(Door.STANDING, firm.id, at)
        await audit.record(actor, "standing.link_replaced" if had else "standing.link_made", ("supplier", firm.id), at)
        await telling.mail(firm, "link" if had else "welcome", at)
        return address
