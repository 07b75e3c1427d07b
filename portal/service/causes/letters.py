"""Letters to a supplier or carrier about an inspection. No buyer's data."""

from portal.core.base.database import reading
from portal.core.base.leases import Claim
from portal.core.base.settings import settings
from portal.core.notices.mail import send_mail
from portal.core.web.format import moment
from portal.core.web.i18n import speaking, t
from portal.core.web.templates import site_name
from portal.service.causes import inspections
from portal.service.causes.crowding import POINTS
from portal.service.causes.inspections import InspectionInfo


async def deliver(claim: Claim) -> None:
    """Post a letter; nothing where the party has no address any more."""
    async with reading():
        info = await inspections.by_id(int(claim.payload["inspection"]))
    if info is None or info.party_email is None:
        return
    with speaking(settings().language):
        subject, text = letter(info, str(claim.payload["what"]))
    await send_mail(info.party_email, subject, text, ref=claim.row["ref"])


def letter(info: InspectionInfo, what: str) -> tuple[str, str]:
    """Subject and text in the language in hand; `what`: announced, result."""
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
    return subject, f"{body}\n\n--\n{t('causes.mail.footer', site=site_name())}\n"
