"""Letters to a supplier or carrier about an inspection, or what it has to mend, with its link. No buyer's data."""

from portal.core.base.database import reading
from portal.core.base.leases import Claim
from portal.core.base.public_links import Door, address_of
from portal.core.base.settings import settings
from portal.core.notices.mail import send_mail
from portal.core.web.format import moment
from portal.core.web.i18n import speaking, t
from portal.core.web.templates import site_name
from portal.service.causes import inspections, queries
from portal.service.causes.crowding import POINTS
from portal.service.causes.inspections import InspectionInfo

TOPIC = "inspection.mail"


async def deliver(claim: Claim) -> None:
    """Post a letter; nothing where the party has no address any more."""
    if claim.payload["what"] == "action":
        await _deliver_action(claim)
        return
    async with reading():
        info = await inspections.by_id(int(claim.payload["inspection"]))
        link = await address_of(Door.INSPECTION, info.id) if info else None
    if info is None or info.party_email is None:
        return
    with speaking(settings().language):
        subject, text = letter(info, str(claim.payload["what"]), link)
    await send_mail(info.party_email, subject, text, ref=claim.row["ref"])


async def _deliver_action(claim: Claim) -> None:
    async with reading():
        action = await queries.action_by_id(int(claim.payload["action"]))
        link = await address_of(Door.ACTION, action.id) if action else None
        to = await queries.party_email(action.party_id) if action and action.party_id is not None else None
    if action is None or link is None or to is None or action.due_at is None:
        return
    with speaking(settings().language):
        subject = t("causes.mail.action.subject")
        body = t("causes.mail.action.body", what=action.what, due=moment(action.due_at))
        text = _signed(body, link)
    await send_mail(to, subject, text, ref=claim.row["ref"])


def _signed(body: str, link: str | None) -> str:
    parts = [body, t("causes.mail.link", url=link) if link else "", f"--\n{t('causes.mail.footer', site=site_name())}"]
    return "\n\n".join(part for part in parts if part) + "\n"


def letter(info: InspectionInfo, what: str, link: str | None = None) -> tuple[str, str]:
    """Subject and text in the language in hand; `what`: announced, result; `link`: where the party answers."""
    about = info.product or info.party_name or ""
    subject = t(f"causes.mail.{what}.subject", what=about)
    if what == "announced":
        assert info.planned_at is not None
        body = t("causes.mail.announced.body", what=about, count=info.held, planned=moment(info.planned_at))
    else:
        marks = "\n".join(
            f"- {t(f'causes.point.{point}')}: {t(f'causes.mark.{info.marks[point]}')}"
            for point in POINTS
            if point in info.marks
        )
        body = t("causes.mail.result.body", what=about, count=info.held, result=info.result or "")
        body = f"{body}\n\n{marks}" if marks else body
    return subject, _signed(body, link)
