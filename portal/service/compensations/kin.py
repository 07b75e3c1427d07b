"""Who may approve, and who is tied to a complaint's parties. Call inside a door."""

from portal.core.people import queries as people
from portal.core.people.policy import Capability, capabilities
from portal.service.compensations.rules import Face, Parties, related
from portal.service.compensations.tables import Grant
from portal.service.complaints.queries import ComplaintInfo


async def parties_of(info: ComplaintInfo) -> Parties:
    """Whose complaint it is; everybody who has ever managed the store belongs to it."""
    rows = await Grant.raw(
        "SELECT s.referred_by, o.phone AS owner_phone, v.phone AS vip_phone FROM stores s"
        " JOIN persons o ON o.id = s.owner JOIN vips v ON v.id = {} WHERE s.id = {}",
        info.vip_id,
        info.store_id,
    )
    managers = await Grant.raw("SELECT DISTINCT manager FROM stewardships WHERE store = {}", info.store_id)
    return Parties(owner_id=info.owner_id, managers=frozenset(row["manager"] for row in managers), **rows[0])


async def ties(person_id: int, parties: Parties) -> tuple[str, ...]:
    """What ties a person to a complaint's parties."""
    found = await people.person(person_id)
    if found is None:
        return ()
    return related(Face(found.id, found.external_id, found.phone, found.email), parties)


async def may_approve(person_id: int) -> bool:
    return str(Capability.APPROVE_COMPENSATION) in capabilities(await people.roles_of(person_id))
