"""What webhooks there are, what an answer to one of ours means, and which addresses may be called at all."""

import ipaddress
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

TOLERANCE = timedelta(minutes=5)
MOST_BODY = 64 * 1024  # bytes of an event of ours
MOST_ENDPOINTS = 20  # in use at once
OLD_SECRET_SIGNS = timedelta(hours=24)
KEPT_FOR = timedelta(days=30)  # tries, and the ids of webhooks taken in

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class Incoming(StrEnum):
    """What the shop may tell us by webhook."""

    STORE_OPENED = "store.opened"
    STORE_CLOSED = "store.closed"
    VIP_REGISTERED = "vip.registered"
    PRODUCT_CHANGED = "product.changed"
    SUPPLIER_CHANGED = "supplier.changed"
    ORDER_CHANGED = "order.changed"
    PARCEL_CHANGED = "parcel.changed"
    RETURN_CHANGED = "return.changed"
    COMPENSATION_PAID = "compensation.paid"


class Verdict(StrEnum):
    """What to do after a try."""

    DONE = "done"
    GONE = "gone"  # the receiver wants no more: 410
    AGAIN = "again"


class Error(StrEnum):
    """Why a try got no answer."""

    UNRESOLVED = "unresolved"  # the name leads nowhere
    ADDRESS = "address"  # it leads inside, where we do not call
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    TLS = "tls"  # connected, but to nobody who can prove the name
    BROKEN = "broken"  # connected, but no answer that can be read


def verdict(status: int | None) -> Verdict:
    """What an answer means; redirects are not followed, so they are failures too."""
    if status == 410:
        return Verdict.GONE
    return Verdict.DONE if status is not None and 200 <= status < 300 else Verdict.AGAIN


def is_stale(sent_at: datetime, at: datetime) -> bool:
    """Whether a signed time is too far from ours, in either direction."""
    return abs(at - sent_at) > TOLERANCE


def url_fault(url: str) -> str | None:
    """Why this can be no endpoint's address: `scheme`, `credentials`, `host`; None where it can."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "host"
    if parts.scheme not in ("http", "https"):
        return "scheme"
    if parts.username is not None or parts.password is not None:
        return "credentials"
    plain = bool(parts.hostname) and port != 0 and not any(c.isspace() or ord(c) < 32 for c in url)
    return None if plain and not parts.fragment else "host"


_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # a translator leads on to the IPv4 address in the last four bytes


def _meant(address: IpAddress) -> tuple[IpAddress, ...]:
    """Where an address leads: the IPv4 address that it stands for, or itself and what it holds of others."""
    if isinstance(address, ipaddress.IPv4Address):
        return (address,)
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address in _NAT64:
        return (ipaddress.IPv4Address(int(address) & 0xFFFFFFFF),)
    inside = (address.sixtofour, *(address.teredo or ()))
    return (address, *(one for one in inside if one is not None))


def _is_public(address: IpAddress) -> bool:
    inner = address.is_private or address.is_loopback or address.is_link_local or address.is_multicast
    odd = address.is_reserved or address.is_unspecified or not address.is_global
    return not (inner or odd or getattr(address, "is_site_local", False))


def may_call(address: str, *, loopback: bool) -> bool:
    """Whether an address is out in the open; this machine itself only where `loopback` allows it."""
    try:
        meant = _meant(ipaddress.ip_address(address))
    except ValueError:
        return False
    if loopback and all(one.is_loopback for one in meant):
        return True
    return all(_is_public(one) for one in meant)


def may_call_all(addresses: Iterable[str], *, loopback: bool) -> bool:
    """One inner address among several is enough to stay away."""
    given = list(addresses)
    return bool(given) and all(may_call(address, loopback=loopback) for address in given)
