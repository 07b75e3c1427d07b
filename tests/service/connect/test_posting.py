"""Posting to what others have named: real connections on this machine, and none where none may be made."""

import asyncio
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.service.connect import posting
from portal.service.connect.posting import Barred, Outcome, judged_addresses, post
from portal.service.connect.rules import Error
from tests.service.connect.receiver import CUT, HANG, Receiver
from tests.service.connect.shop import in_production


async def send(url: str, **more: object) -> Outcome:
    return await post(url, '{"type":"ping"}', {"webhook-id": "m-1"}, **more)  # type: ignore[arg-type]


async def test_the_status_of_the_answer_is_told(receiver: Receiver) -> None:
    receiver.answers = [200, 500, 410]
    assert [await send(receiver.url) for _ in range(3)] == [Outcome(200), Outcome(500), Outcome(410)]
    heard = receiver.heard[0]
    assert (heard.method, heard.path, heard.body) == ("POST", "/hooks", b'{"type":"ping"}')
    assert heard.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert heard.headers["content-type"] == "application/json"
    assert heard.headers["webhook-id"] == "m-1"


async def test_a_slow_receiver_is_waited_for_no_longer_than_said(receiver: Receiver) -> None:
    receiver.answers = [HANG]
    began = asyncio.get_running_loop().time()
    assert await send(receiver.url, seconds=0.3) == Outcome(error=Error.TIMEOUT)
    assert asyncio.get_running_loop().time() - began < 2


async def test_a_receiver_that_hangs_up_or_is_not_there_is_a_failure(receiver: Receiver) -> None:
    receiver.answers = [CUT]
    assert await send(receiver.url) == Outcome(error=Error.BROKEN)
    with socket.socket() as nobody:  # bound, but nobody listens
        nobody.bind(("127.0.0.1", 0))
        assert await send(f"http://127.0.0.1:{nobody.getsockname()[1]}/") == Outcome(error=Error.UNREACHABLE)


async def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    other = Receiver()
    await other.start()
    receiver.answers = [302, 307, 308]
    receiver.headers = {"Location": other.url}
    assert [(await send(receiver.url)).status for _ in range(3)] == [302, 307, 308]
    assert other.connections == 0
    await other.stop()


async def test_in_production_this_machine_is_not_called_under_any_name(receiver: Receiver) -> None:
    in_production()
    for host in ("127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f000001", "127.1", "[::ffff:127.0.0.1]"):
        assert await send(f"http://{host}:{receiver.port}/hooks") == Outcome(error=Error.ADDRESS), host
    assert receiver.connections == 0


async def test_inner_addresses_are_not_called_in_development_either(receiver: Receiver) -> None:
    for host in ("0.0.0.0", "169.254.169.254", "10.0.0.1", "[::ffff:10.0.0.1]", "[fe80::1]", "[::]"):
        assert await send(f"http://{host}:{receiver.port}/hooks", seconds=2) == Outcome(error=Error.ADDRESS), host
    for url in (f"http://u:p@127.0.0.1:{receiver.port}/", f"ftp://127.0.0.1:{receiver.port}/", "file:///etc/passwd"):
        assert await send(url) == Outcome(error=Error.ADDRESS), url
    assert receiver.connections == 0


async def test_the_judged_address_is_the_one_called_whatever_the_name_says_later(receiver: Receiver) -> None:
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    url = f"http://shop.example:{receiver.port}/hooks"
    assert await send(url, resolve=rebinding) == Outcome(204)
    assert asked == ["shop.example"]
    assert receiver.heard[0].headers["host"] == f"shop.example:{receiver.port}"
    assert await send(url, resolve=rebinding) == Outcome(error=Error.ADDRESS)
    assert len(receiver.heard) == 1


async def test_an_inner_address_beside_an_outer_one_is_refused(receiver: Receiver) -> None:
    async def both(host: str, port: int) -> list[str]:
        return ["127.0.0.1", "10.0.0.1"]

    assert await send(f"http://shop.example:{receiver.port}/", resolve=both) == Outcome(error=Error.ADDRESS)
    assert receiver.connections == 0


async def test_the_next_address_of_a_name_is_tried_where_the_first_does_not_answer(receiver: Receiver) -> None:
    async def two(host: str, port: int) -> list[str]:
        return ["127.0.0.2", "127.0.0.1"]

    assert await send(f"http://shop.example:{receiver.port}/", resolve=two) == Outcome(204)


async def test_a_name_that_leads_nowhere_is_a_failure() -> None:
    async def nowhere(host: str, port: int) -> list[str]:
        raise socket.gaierror

    with pytest.raises(Barred) as barred:
        await judged_addresses("https://nowhere.example/", nowhere)
    assert barred.value.error is Error.UNRESOLVED
    assert await send("https://nowhere.example/", resolve=nowhere) == Outcome(error=Error.UNRESOLVED)


def certificate_for(name: str, folder: Path) -> ssl.SSLContext:
    """A server's side of TLS under a name; SSL_CERT_FILE in `folder` is the authority to trust."""
    key, at = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key.private_bytes(*plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    return context


async def test_the_certificate_is_checked_by_the_name_though_the_address_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def here(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    secure = Receiver()
    await secure.start(certificate_for("shop.example", tmp_path))
    assert await send(f"https://shop.example:{secure.port}/", resolve=here) == Outcome(error=Error.TLS)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    posting.tls.cache_clear()
    assert await send(f"https://shop.example:{secure.port}/", resolve=here) == Outcome(204)
    assert await send(f"https://other.example:{secure.port}/", resolve=here) == Outcome(error=Error.TLS)
    assert [heard.headers["host"] for heard in secure.heard] == [f"shop.example:{secure.port}"]
    posting.tls.cache_clear()
    await secure.stop()
