"""A case made of a closed complaint: whom its words may not name, and how it begins. Joined to the room of cases."""

from courses.cases.rules import Kind, Known, Telling, Topic, masked, named
from courses.cases.slots import Begun
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.policy import Capability
from portal.core.web.format import span
from portal.core.web.i18n import language, t
from portal.core.web.viewer import Viewer
from portal.service.archive import queries
from portal.service.causes import queries as causes
from portal.service.complaints import queries as complaints
from portal.service.complaints import talk
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import Audience, Speaker, State

ENDED = (State.RESOLVED, State.CLOSED)
MOST_TURNS, LONGEST = 8, 5_000


async def known(source: str) -> Known | None:
    """Whom and what a complaint names: buyer, owner, agents, receiver, their phones, numbers and addresses."""
    info = await complaints.by_ref(source)
    if info is None:
        return None
    rows = await complaints.rows(
        "SELECT v.name AS vip, v.phone AS vip_phone, w.name AS owner, w.phone AS owner_phone, s.name AS store,"
        " o.number, o.address_name, o.address_phone, o.street FROM complaints c JOIN vips v ON v.id = c.vip"
        " JOIN stores s ON s.id = c.store JOIN persons w ON w.id = s.owner LEFT JOIN orders o ON o.id = c.order_of"
        " WHERE c.id = {}",
        info.id,
    )
    hands = await complaints.rows(
        "SELECT DISTINCT p.name, p.phone FROM complaint_agents i JOIN persons p ON p.id = i.agent"
        " WHERE i.complaint = {}",
        info.id,
    )
    parcels = await complaints.rows("SELECT tracking_number FROM parcels WHERE order_of = {}", info.order_id or 0)
    row = rows[0]
    return Known(
        names=named([row["vip"], row["owner"], row["store"], row["address_name"], *(hand["name"] for hand in hands)]),
        phones=named([row["vip_phone"], row["owner_phone"], row["address_phone"], *(hand["phone"] for hand in hands)]),
        orders=named([row["number"], info.ref, info.vip]),
        tracking=named(parcel["tracking_number"] for parcel in parcels),
        addresses=named([row["street"]]),
    )


async def begun(viewer: Viewer, source: str) -> Begun:
    """A case as it begins, without names as far as they are found. Raises NotFound, Refused("complaint_not_ended")."""
    info = await complaints.by_ref(source) if viewer.may(Capability.SEE_COMPLAINTS) else None
    if info is None:
        raise NotFound
    if info.state not in ENDED:
        raise Refused("complaint_not_ended")
    whom = await known(source) or Known()
    telling = Telling(
        title=t("archive.case.title", goods=info.product_category, function=t(f"complaints.function.{info.function}")),
        happened=masked(info.text, whom)[:LONGEST],
        done=masked(await _done(info), whom)[:LONGEST],
    )
    return Begun(Kind.COMPLAINT, Topic(info.function), info.product_category, language(), telling)


async def _done(info: ComplaintInfo) -> str:
    """What was said to her, what was proposed, why it had come to it, how long it took."""
    said = await talk.turns(info.id, [Audience.BUYER])
    parts = [turn.text for turn in said if turn.speaker is Speaker.AGENT][:MOST_TURNS]
    offers = (await queries.offers_of([info.id])).get(info.id, [])
    parts += [t(f"compensations.kind.{one.kind}") for one in offers if one.state == "accepted"]
    finding = await causes.finding_of(causes.root_of(info))
    if finding is not None:
        parts.append(t("archive.case.cause", cause=t(f"causes.code.{finding.code}")))
    if info.ended_at is not None:
        parts.append(t("archive.case.took", took=span(info.ended_at - info.received_at)))
    return "\n\n".join(parts)
