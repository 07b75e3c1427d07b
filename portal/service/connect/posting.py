"""Posting to addresses that others have named: never to one inside, never on to another by redirect.

The name is looked up once, every address is judged, and the connection is made to the judged address itself, so that
a name which leads elsewhere a moment later changes nothing.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache

import httpx

from portal.core.base.settings import settings
from portal.service.connect.rules import Error, may_call_all, url_fault

SECONDS = 20  # for one try as a whole
MOST_ADDRESSES = 3  # of a name, tried in turn until one connects

Resolve = Callable[[str, int], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a try went: the answer's status, or why there was none."""

    status: int | None = None
    error: Error | None = None


class Barred(Exception):
    """The address is not to be called, or leads nowhere."""

    def __init__(self, error: Error) -> None:
        super().__init__(error)
        self.error = error


async def look_up(host: str, port: int) -> list[str]:
    """The addresses of a name, in the system's order. Raises OSError where it has none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@cache
def tls() -> ssl.SSLContext:
    """Whom we trust: the usual authorities, or those of SSL_CERT_FILE. Reading them takes a while, so once."""
    return httpx.create_ssl_context()


async def judged_addresses(url: str, resolve: Resolve = look_up) -> list[str]:
    """Where a URL leads, if we may go there; in production never to this machine. Raises Barred."""
    if url_fault(url) is not None:
        raise Barred(Error.ADDRESS)
    try:
        parsed = httpx.URL(url)
        port = parsed.port or (443 if parsed.scheme == "https" else 80)
        addresses = await resolve(parsed.raw_host.decode("ascii"), port)
    except (OSError, ValueError, httpx.InvalidURL):
        raise Barred(Error.UNRESOLVED) from None
    if not may_call_all(addresses, loopback=not settings().production):
        raise Barred(Error.ADDRESS)
    return addresses[:MOST_ADDRESSES]


async def post(
    url: str, body: str, headers: Mapping[str, str], resolve: Resolve = look_up, seconds: float = SECONDS
) -> Outcome:
    """Post `body` as JSON within `seconds`; every way in which that can fail is an outcome, none is raised."""
    try:
        async with asyncio.timeout(seconds):
            return await _post_to_one_of(await judged_addresses(url, resolve), url, body, headers)
    except Barred as barred:
        return Outcome(error=barred.error)
    except (TimeoutError, httpx.TimeoutException):
        return Outcome(error=Error.TIMEOUT)
    except (httpx.HTTPError, httpx.InvalidURL):
        return Outcome(error=Error.BROKEN)


async def _post_to_one_of(addresses: list[str], url: str, body: str, headers: Mapping[str, str]) -> Outcome:
    async with httpx.AsyncClient(verify=tls(), timeout=SECONDS, follow_redirects=False, trust_env=False) as client:
        for address in addresses:
            try:
                response = await client.send(_request(client, address, url, body, headers), stream=True)
            except httpx.ConnectError as error:
                if _is_tls(error):
                    return Outcome(error=Error.TLS)
                continue
            await response.aclose()  # the status is the answer; nothing more of it is read
            return Outcome(status=response.status_code)
    return Outcome(error=Error.UNREACHABLE)


def _is_tls(error: BaseException | None) -> bool:
    """Whether it connected, but the certificate or the handshake was no good."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error is not None


def _request(client: httpx.AsyncClient, address: str, url: str, body: str, headers: Mapping[str, str]) -> httpx.Request:
    """To the judged address, with the name in Host and in the TLS handshake, which checks the certificate by it."""
    named = httpx.URL(url)
    sent = {
        "host": named.netloc.decode("ascii"),
        "content-type": "application/json",
        "user-agent": "store-owner-portal",
        "accept-encoding": "identity",
        **headers,
    }
    return client.build_request(
        "POST",
        named.copy_with(host=address),
        content=body.encode(),
        headers=sent,
        extensions={"sni_hostname": named.raw_host.decode("ascii")},
    )
