"""Letters to suppliers and carriers: what is asked, until when, and the link that answers it. No buyer's data."""

from portal.core.base.database import reading
from portal.core.base.leases import Claim
from portal.core.base.public_links import Door, address_of
from portal.core.base.settings import settings
from portal.core.notices.mail import send_mail
from portal.core.web.format import moment
from portal.core.web.i18n import speaking, t
from portal.core.web.templates import site_name
from portal.service.inquiries import queries
from portal.service.inquiries.queries import InquiryInfo
from portal.service.orders import queries as orders
from portal.service.orders.queries import OrderInfo


async def deliver(claim: Claim) -> None:
    """Post a letter; nothing where the inquiry is over by now, or the party has no address any more."""
    async with reading():
        info = await queries.inquiry(int(claim.payload["inquiry"]))
        order = await orders.order(info.order_id) if info else None
        link = await address_of(Door.INQUIRY, info.id) if info else None
    if info is None or order is None or link is None or not info.open or info.party_email is None:
        return
    with speaking(settings().language):
        subject, text = letter(info, order, link, str(claim.payload["what"]))
    await send_mail(info.party_email, subject, text, ref=claim.row["ref"])


def letter(info: InquiryInfo, order: OrderInfo, link: str, what: str) -> tuple[str, str]:
    """Subject and text in the language in hand; `what`: asked, again, remind, last."""
    subject = t(f"inquiries.mail.{info.kind}", number=info.number)
    if what != "asked":
        subject = t(f"inquiries.mail.again.{what}", subject=subject)
    parts = [
        t(f"inquiries.mail.body.{info.kind}", number=info.number, tracking=info.tracking or "-"),
        "\n".join(f"- {line.title} x {line.quantity}" for line in order.lines if line.line in info.lines),
        t("inquiries.mail.answer", until=moment(info.due_at), url=link),
        f"--\n{t('inquiries.mail.footer', site=site_name())}",
    ]
    return subject, "\n\n".join(part for part in parts if part) + "\n"
