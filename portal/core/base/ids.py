"""Identifiers that outsiders see: random, long enough that guessing is hopeless."""

import hashlib
import hmac
import secrets

# What the shop calls its records: anything visible that keeps its form in a path.
EXTERNAL_ID = r"^[^\s/\\?#%\x00-\x1f\x7f]+$"

# Crockford's base32: no I, L, O, U, so that a printed number is read aloud without doubt.
_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CONFUSED = str.maketrans("ILO", "110")


def new_token() -> str:
    """A secret for links and cookies: 192 bits, URL-safe."""
    return secrets.token_urlsafe(24)


def new_ref() -> str:
    """A public name for a record: 130 bits in 26 lowercase base32 characters, safe in a URL and in speech."""
    return "".join(secrets.choice(_BASE32) for _ in range(26)).lower()


def new_number() -> str:
    """A printed number: 20 base32 characters (100 bits) in groups of four."""
    return group_number("".join(secrets.choice(_BASE32) for _ in range(20)))


def group_number(plain: str) -> str:
    return "-".join(plain[i : i + 4] for i in range(0, len(plain), 4))


def read_number(typed: str) -> str | None:
    """The number as stored for what a person typed (case, spaces, look-alikes forgiven), or None."""
    plain = "".join(c for c in typed.upper().translate(_CONFUSED) if c not in " -")
    if len(plain) != 20 or any(c not in _BASE32 for c in plain):
        return None
    return group_number(plain)


def token_hash(token: str) -> str:
    """What the database keeps of a token. The token is long and random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def bound_to(secret: str, purpose: str, value: str) -> str:
    """A keyed digest that ties `value` to a purpose, as the CSRF token is tied to its sign-in."""
    return hmac.new(secret.encode(), f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()
