"""Signing keys by purpose: made when first needed, private halves sealed with the site's secret."""

import base64
import json
from datetime import datetime
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc.jwk import OKPKey

from portal.core.base.database import reading, writing
from portal.core.base.ids import new_ref
from portal.core.base.settings import settings
from portal.core.base.tables import SigningKey

PERMIT = "permit"


@lru_cache(maxsize=4)
def _box(secret: str) -> Fernet:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"portal sealed values").derive(
        secret.encode()
    )
    return Fernet(base64.urlsafe_b64encode(derived))


def seal(plain: str) -> str:
    """Encrypt a small secret for the database (keys, second-factor seeds, webhook secrets)."""
    return _box(settings().secret_key).encrypt(plain.encode()).decode()


def unseal(sealed: str) -> str:
    """The secret again. Raises cryptography's InvalidToken where the site's secret has changed."""
    return _box(settings().secret_key).decrypt(sealed.encode()).decode()


@lru_cache(maxsize=16)
def _opened(secret: str, sealed: str) -> OKPKey:
    return OKPKey.import_key(json.loads(_box(secret).decrypt(sealed.encode())))


async def current_key(purpose: str, at: datetime) -> OKPKey:
    """The Ed25519 key that signs for `purpose`, made now if there is none. Call it outside a door."""
    async with reading():
        row = await _current(purpose)
    if row is None:
        async with writing():
            await _make(purpose, at)
            row = await _current(purpose)
    assert row is not None
    return _opened(settings().secret_key, row.sealed_private_jwk)


async def _current(purpose: str) -> SigningKey | None:
    return await SigningKey.objects().where(SigningKey.purpose == purpose, SigningKey.retired_at.is_null()).first()


async def rotate(purpose: str, at: datetime) -> None:
    """Sign with a new key from now on; the old public half stays published, for what it has signed."""
    async with writing():
        await SigningKey.update({SigningKey.retired_at: at}).where(
            SigningKey.purpose == purpose, SigningKey.retired_at.is_null()
        )
        await _make(purpose, at)


async def _make(purpose: str, at: datetime) -> None:
    kid = f"{purpose}-{new_ref()[:12]}"
    key = OKPKey.generate_key("Ed25519", parameters={"kid": kid, "use": "sig", "alg": "EdDSA"})
    # Two processes may both find none: the unique index keeps one, and both then sign with that.
    await SigningKey.raw(
        "INSERT INTO signing_keys (kid, purpose, public_jwk, sealed_private_jwk, created_at)"
        " VALUES ({}, {}, {}, {}, {}) ON CONFLICT DO NOTHING",
        kid,
        purpose,
        json.dumps(key.as_dict(private=False)),
        seal(json.dumps(key.as_dict(private=True))),
        at,
    )


async def published_keys() -> list[dict[str, Any]]:
    """The public halves, as a key set publishes them; retired keys stay until their signatures are worthless."""
    rows = await SigningKey.select(SigningKey.public_jwk).order_by(SigningKey.id)
    return [json.loads(row["public_jwk"]) for row in rows]
