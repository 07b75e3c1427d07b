"""Mail: notices and one-time links as letters, by a folder or a server, in the reader's language."""

import email
import re
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.settings import Settings, read_settings, use_settings
from portal.core.base.tables import Outbox
from portal.core.base.worker import REGISTRY, drain
from portal.core.notices import actions
from portal.core.notices.mail import MailFailed, deliver_link, deliver_notice, send_mail
from portal.core.people import actions as people
from portal.core.people.links import LINK_TOPIC, RECOVERY_TOPIC, prepare_recovery
from portal.core.people.rules import Role
from tests.core.notices.smtp import mail_server
from tests.core.notices.test_actions import tell, viewer_of
from tests.core.stores.scene import make_person, open_store

Rows = list[dict[str, object]]


@pytest.fixture(autouse=True)
def handlers() -> None:
    """The worker's handlers that this room has to do with, as wiring joins them."""
    REGISTRY.topics[actions.TOPIC] = deliver_notice
    REGISTRY.topics[LINK_TOPIC] = deliver_link
    REGISTRY.topics[RECOVERY_TOPIC] = prepare_recovery


def _parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def _letters(tmp_path: Path) -> list[EmailMessage]:
    return [_parsed(path.read_bytes()) for path in sorted((tmp_path / "mail").glob("*.eml"))]


def _body(message: EmailMessage) -> str:
    return str(message.get_content())


def _post_by(own_settings: Settings, url: str) -> None:
    environ = {
        "PORTAL_SECRET_KEY": own_settings.secret_key,
        "PORTAL_BASE_URL": "https://portal.test",
        "PORTAL_SMTP_URL": url,
    }
    use_settings(read_settings(environ))


async def _rows() -> Rows:
    async with reading():
        return list(await Outbox.select(Outbox.topic, Outbox.done_at, Outbox.dead_at, Outbox.last_error))


async def test_a_notice_is_mailed_in_her_language_with_its_way(database: str, tmp_path: Path) -> None:
    await tell(await make_person(Role.OWNER, email="olive@shop.test", language="en"))
    await tell(await make_person(Role.OWNER, email="hexm@shop.test", language="zh-Hans"))
    await drain()
    letters = {str(letter["To"]): letter for letter in _letters(tmp_path)}
    english, chinese = letters["olive@shop.test"], letters["hexm@shop.test"]
    assert english["Subject"] == "Mona is your service manager"
    assert "http://127.0.0.1:8000/me" in _body(english)
    assert "http://127.0.0.1:8000/notices" in _body(english)
    assert chinese["Subject"] == "\u60a8\u7684\u670d\u52a1\u7ecf\u7406\u662fMona"
    assert english["From"] == "no-reply@127.0.0.1"
    assert english["Auto-Submitted"] == "auto-generated"
    assert english.get_content_type() == "text/plain"
    assert english["Message-ID"] != chinese["Message-ID"]


async def test_what_she_read_or_no_longer_wants_is_not_mailed(database: str, tmp_path: Path) -> None:
    reader, unwilling, shut = [await make_person(Role.OWNER) for _ in range(3)]
    notice = await tell(reader)
    for person in (unwilling, shut):
        await tell(person)
    await actions.mark_read(viewer_of(reader), notice, now())
    await actions.prefer_email(viewer_of(unwilling), wanted=False)
    await people.disable_person(SYSTEM, shut, now())
    await drain()
    assert _letters(tmp_path) == []
    assert all(row["done_at"] for row in await _rows())


async def test_a_new_owner_is_invited_by_mail_and_the_link_opens(database: str, tmp_path: Path) -> None:
    made = await open_store()
    await drain()
    (letter,) = _letters(tmp_path)
    assert letter["To"] == "owner-1@shop.test"
    assert letter["Subject"] == "Your store is open: please set your password"
    assert "Olive 1" in _body(letter)
    assert made.invitation_url is not None
    assert made.invitation_url in _body(letter)


async def test_staff_is_invited_in_words_of_its_own(database: str, tmp_path: Path) -> None:
    agent = await make_person(Role.AGENT, "Abe", language="en")
    url = await people.invite(SYSTEM, agent, now())
    await drain()
    (letter,) = _letters(tmp_path)
    assert letter["Subject"] == "Store Owner School: please set your password"
    assert url in _body(letter)
    assert "share" not in _body(letter)


async def test_only_the_newest_invitation_is_mailed(database: str, tmp_path: Path) -> None:
    agent = await make_person(Role.AGENT, language="en")
    await people.invite(SYSTEM, agent, now())
    newest = await people.invite(SYSTEM, agent, now())
    await drain()
    (letter,) = _letters(tmp_path)
    assert newest in _body(letter)


async def test_a_recovery_is_mailed_to_whom_it_belongs_and_not_when_it_ran_out(database: str, tmp_path: Path) -> None:
    await make_person(Role.OWNER, email="olive@shop.test", language="en")
    await people.ask_recovery("olive@shop.test", now())
    await people.ask_recovery("nobody@shop.test", now())
    await drain()
    (letter,) = _letters(tmp_path)
    assert re.search(r"http://127\.0\.0\.1:8000/recovery/\w+", _body(letter))
    await people.ask_recovery("olive@shop.test", now())
    await drain(rounds=1)  # the link is made, its letter waits
    (tmp_path / "clock").write_text("+2h")
    await drain()
    assert len(_letters(tmp_path)) == 1


async def test_a_server_takes_the_letter(database: str, own_settings: Settings) -> None:
    async with mail_server() as server:
        _post_by(own_settings, server.url)
        await tell(await make_person(Role.OWNER, email="olive@shop.test", language="zh-Hans"))
        await drain()
    assert server.recipients == ["olive@shop.test"]
    assert server.senders == ["no-reply@portal.test"]
    letter = _parsed(server.letters[0].removesuffix(b".\r\n"))
    assert "https://portal.test/me" in _body(letter)
    assert all(byte < 128 for byte in server.letters[0])  # for servers that carry seven bits


async def test_an_account_that_is_an_address_is_the_sender(own_settings: Settings) -> None:
    async with mail_server(AUTH="235 welcome", EHLO="250-here\r\n250 AUTH PLAIN") as server:
        _post_by(own_settings, f"smtp://post%40shop.test:p%3Aw@127.0.0.1:{server.port}")
        await send_mail("olive@shop.test", "Hello", "There\n")
    assert server.senders == ["post@shop.test"]


@pytest.mark.parametrize(
    ("answers", "dead", "code"),
    [
        ({"RCPT": "550 no such mailbox"}, True, "550"),
        ({"RCPT": "451 come again"}, False, "451"),
        ({"DATA": "552 too much"}, False, "552"),
        ({"MAIL": "421 closing"}, False, "421"),
    ],
)
async def test_what_a_server_refuses_is_tried_again_or_given_up_and_names_nobody(
    database: str, own_settings: Settings, answers: dict[str, str], dead: bool, code: str
) -> None:
    async with mail_server(**answers) as server:
        _post_by(own_settings, server.url)
        await tell(await make_person(Role.OWNER, email="olive@shop.test"))
        await drain(rounds=1)
    (row,) = await _rows()
    assert (row["dead_at"] is not None, row["done_at"]) == (dead, None)
    assert code in str(row["last_error"])
    assert "olive" not in str(row["last_error"])


async def test_a_server_that_is_away_is_tried_again(database: str, own_settings: Settings) -> None:
    async with mail_server() as server:
        url = server.url
    _post_by(own_settings, url)
    with pytest.raises(MailFailed):
        await send_mail("olive@shop.test", "Hello", "There\n")
    await tell(await make_person(Role.OWNER))
    await drain(rounds=1)
    (row,) = await _rows()
    assert (row["done_at"], row["dead_at"]) == (None, None)


async def test_without_a_server_a_letter_counts_as_done(database: str, own_settings: Settings) -> None:
    _post_by(own_settings, "")
    await tell(await make_person(Role.OWNER))
    await drain()
    assert all(row["done_at"] for row in await _rows())


async def test_a_subject_cannot_become_a_header(tmp_path: Path) -> None:
    await send_mail("olive@shop.test", "Hello\r\nBcc: otto@shop.test", "There\n")
    (letter,) = _letters(tmp_path)
    assert letter["Bcc"] is None
    assert letter["Subject"] == "Hello Bcc: otto@shop.test"
