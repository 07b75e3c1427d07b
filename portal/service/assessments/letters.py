"""Letters to suppliers and carriers about their standing: what it is, until when what is asked, and their own page."""

from collections.abc import Mapping
from typing import Any

from portal.core.base.database import reading
from portal.core.base.leases import Claim
from portal.core.base.public_links import Door, address_of
from portal.core.base.settings import settings
from portal.core.notices.mail import send_mail
from portal.core.notices.texts import shown
from portal.core.web.i18n import speaking, t
from portal.core.web.templates import site_name
from portal.service.assessments import queries


async def deliver(claim: Claim) -> None:
    """Post a letter; nothing where the party has no address or no page any more."""
    async with reading():
        firm = await queries.firm(int(claim.payload["party"]))
        link = await address_of(Door.STANDING, firm.id)
    if firm.email is None or link is None:
        return
    with speaking(settings().language):
        subject, text = letter(firm.name, link, str(claim.payload["what"]), claim.payload["params"])
    await send_mail(firm.email, subject, text, ref=claim.row["ref"])


def letter(name: str, link: str, what: str, params: Mapping[str, Any]) -> tuple[str, str]:
    """Subject and text in the language in hand; instants are named `…_at`."""
    filled: dict[str, Any] = {"party": name, "site": site_name(), **shown(params)}
    parts = [
        t(f"assessments.mail.{what}.body", **filled),
        t("assessments.mail.page", url=link),
        f"--\n{t('assessments.mail.footer', site=site_name())}",
    ]
    return t(f"assessments.mail.{what}.subject", **filled), "\n\n".join(parts) + "\n"
