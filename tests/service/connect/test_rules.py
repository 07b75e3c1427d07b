"""Which addresses may be called, which URLs are endpoints, what answers mean."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.service.connect.rules import Verdict, is_stale, may_call, may_call_all, url_fault, verdict

LOOPBACK = ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "64:ff9b::127.0.0.1"]
INSIDE = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",  # a cloud's metadata
    "169.254.169.254",  # another cloud's
    "172.16.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::10.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "2001:0:0a00:1::",
    "2001:db8::1",
    "nonsense",
    "",
]
OUTSIDE = ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1"]


@pytest.mark.parametrize("address", INSIDE)
@pytest.mark.parametrize("loopback", [False, True])
def test_inner_addresses_are_never_called(address: str, loopback: bool) -> None:
    assert not may_call(address, loopback=loopback)


@pytest.mark.parametrize("address", LOOPBACK)
def test_this_machine_is_called_in_development_alone(address: str) -> None:
    assert may_call(address, loopback=True)
    assert not may_call(address, loopback=False)


@pytest.mark.parametrize("address", OUTSIDE)
def test_public_addresses_may_be_called(address: str) -> None:
    assert may_call(address, loopback=False)


def test_one_inner_address_among_several_is_enough_to_stay_away() -> None:
    assert may_call_all(OUTSIDE, loopback=False)
    assert not may_call_all([*OUTSIDE, "10.0.0.1"], loopback=False)
    assert not may_call_all([], loopback=True)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("https://shop.example/hooks?a=1", None),
        ("http://127.0.0.1:8080", None),
        ("https://[2606:4700::1]/", None),
        ("file:///etc/passwd", "scheme"),
        ("gopher://shop.example", "scheme"),
        ("shop.example/hooks", "scheme"),
        ("https://user:word@shop.example", "credentials"),
        ("https://user@shop.example", "credentials"),
        ("https://:@shop.example", "credentials"),
        ("https://", "host"),
        ("https:///hooks", "host"),
        ("https://shop.example:0/", "host"),
        ("https://shop.example:99999/", "host"),
        ("https://[::1", "host"),
        ("https://shop.example/a b", "host"),
        ("https://shop.example/#part", "host"),
    ],
)
def test_what_can_be_an_endpoint(url: str, fault: str | None) -> None:
    assert url_fault(url) == fault


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, Verdict.DONE),
        (299, Verdict.DONE),
        (301, Verdict.AGAIN),
        (400, Verdict.AGAIN),
        (410, Verdict.GONE),
        (500, Verdict.AGAIN),
        (None, Verdict.AGAIN),
    ],
)
def test_what_an_answer_means(status: int | None, expected: Verdict) -> None:
    assert verdict(status) is expected


def test_five_minutes_either_way_are_fresh() -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    assert not is_stale(at - timedelta(minutes=5), at)
    assert not is_stale(at + timedelta(minutes=5), at)
    assert is_stale(at - timedelta(minutes=5, seconds=1), at)
    assert is_stale(at + timedelta(minutes=5, seconds=1), at)
