"""Mail: what the outbox has to post, written in the reader's language and handed to the server of PORTAL_SMTP_URL.

A letter may arrive twice where a worker died between handing it over and noting so; it has the same Message-ID then.
"""

import asyncio
import logging
import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.ids import new_ref
from portal.core.base.leases import Claim, Dead
from portal.core.base.settings import SettingsError, settings
from portal.core.notices import queries
from portal.core.notices.texts import words_of
from portal.core.people import queries as people
from portal.core.people.queries import LinkInfo, PersonInfo
from portal.core.people.rules import Purpose, Role
from portal.core.web.format import moment
from portal.core.web.i18n import speaking, t
from portal.core.web.templates import site_name

log = logging.getLogger("portal.mail")

STEP_SECONDS = 20  # for each word with the mail server
WHOLE_SECONDS = 45  # for the whole talk: less than a worker's lease, so that nobody posts the same letter meanwhile


class MailFailed(Exception):
    """The server did not take a letter; says why without naming anybody, because the outbox keeps it."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A subject and a plain text."""

    subject: str
    text: str


async def deliver_notice(claim: Claim) -> None:
    """Mail a notice; nothing where she has read it by now, wants no mail, or is gone."""
    async with reading():
        found = await queries.delivery(int(claim.payload["notice_id"]))
    if found is None or found.email is None or found.gone or not found.by_email or found.notice.read_at is not None:
        return
    with speaking(found.language):
        words = words_of(found.notice.kind, found.notice.params)
        letter = Letter(words.title, _with_way(words.body, found.notice.way))
    await send_mail(found.email, letter.subject, letter.text, ref=claim.row["ref"])


def _with_way(body: str, way: str | None) -> str:
    base = settings().base_url
    footer = t("notices.mail.footer", site=site_name(), url=f"{base}/notices")
    return f"{body}\n\n{t('notices.mail.open')}\n{base}{way or '/notices'}\n\n--\n{footer}\n"


async def deliver_link(claim: Claim) -> None:
    """Mail an invitation or a recovery; nothing where the link was used or replaced, or a recovery ran out."""
    async with reading():
        link = await people.link(int(claim.payload["link_id"]))
        person = await people.person(link.person_id) if link else None
        roles = await people.roles_of(person.id) if person else frozenset()
    if link is None or person is None or person.email is None or person.disabled:
        return
    if link.purpose == Purpose.RECOVERY and link.expires_at <= now():
        return
    with speaking(person.language):
        letter = _link_letter(link, person, owner=Role.OWNER in roles)
    await send_mail(person.email, letter.subject, letter.text, ref=claim.row["ref"])


def _link_letter(link: LinkInfo, person: PersonInfo, *, owner: bool) -> Letter:
    key = f"notices.mail.{link.purpose}"
    if link.purpose == Purpose.INVITATION:
        key += ".owner" if owner else ".staff"
    text = t(f"{key}.body", name=person.name, site=site_name(), url=link.url, until=moment(link.expires_at))
    return Letter(t(f"{key}.subject", site=site_name()), f"{text}\n")


async def send_mail(to: str, subject: str, text: str, *, ref: str | None = None) -> None:
    """Post one plain-text letter; `ref` makes its Message-ID, the same over all tries.

    Without a mail server it is logged (without its words) and counts as done. Raises MailFailed, which is worth
    another try, and Dead where the address itself is refused.
    """
    url = settings().smtp_url
    if url is None:
        log.info("mail left unsent: no mail server is set")
        return
    parts = urlsplit(url)
    message = _message(parts, to, subject, text, ref or new_ref())
    if parts.scheme == "file":
        await asyncio.to_thread(_drop, Path(unquote(parts.path)), message)
    elif parts.scheme in ("smtp", "smtps"):
        await _post(parts, message)
    else:
        raise SettingsError("PORTAL_SMTP_URL must be smtp://, smtps:// or file:///folder.")


def _sender(parts: SplitResult) -> str:
    """Who the mail is from: the account at the mail server where that is an address, else a name at our host."""
    user = unquote(parts.username or "")
    return user if "@" in user else f"no-reply@{settings().host}"


def _message(parts: SplitResult, to: str, subject: str, text: str, ref: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = _sender(parts)
    message["To"] = to
    message["Subject"] = re.sub(r"\s+", " ", subject).strip()
    message["Date"] = format_datetime(now())
    message["Message-ID"] = f"<{ref}@{settings().host}>"
    message["Auto-Submitted"] = "auto-generated"
    # A letter in a folder is for reading with the eyes; servers may not carry eight bits.
    message.set_content(text, cte="8bit" if parts.scheme == "file" else "base64")
    return message


def _drop(folder: Path, message: EmailMessage) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = message["Message-ID"].strip("<>").partition("@")[0]
    (folder / f"{now():%Y%m%d-%H%M%S}-{name}.eml").write_bytes(message.as_bytes())


async def _post(parts: SplitResult, message: EmailMessage) -> None:
    try:
        async with asyncio.timeout(WHOLE_SECONDS):
            await aiosmtplib.send(
                message,
                hostname=parts.hostname,
                port=parts.port,
                username=unquote(parts.username) if parts.username else None,
                password=unquote(parts.password) if parts.password else None,
                use_tls=parts.scheme == "smtps",
                timeout=STEP_SECONDS,
            )
    except aiosmtplib.SMTPRecipientsRefused as refused:
        codes = {recipient.code for recipient in refused.recipients}
        if all(code >= 500 for code in codes):
            raise Dead(f"the address was refused: {sorted(codes)}") from None
        raise MailFailed(f"the address is not taken at present: {sorted(codes)}") from None
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as failed:
        code = getattr(failed, "code", None)
        raise MailFailed(f"{type(failed).__name__}{f' {code}' if code else ''}") from None
