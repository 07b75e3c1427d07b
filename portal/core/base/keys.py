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

from portal.core.base.database import writing
from portal.core.base.ids import new_ref
from portal.core.base.settings import settings
from portal.core.base.tables import SigningKey

PERMIT = "permit"


@lru_cache(maxsize=4)
def _box(secret: str) -> Fernet:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"portal sealed values").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


def seal(plain: str) -> str:
    """Encrypt a small secret for the database (keys, second-factor seeds, webhook secrets)."""
    return _box(settings().secret_key).encrypt(plain.encode()).decode()


def unseal(sealed: str) -> str:
    """The secret again. Raises cryptography's InvalidToken where the site's secret has changed."""
    return _box(settings().secret_key).decrypt(sealed.encode()).decode()


async def current_key(purpose: str, at: datetime) -> OKPKey:
    """The Ed25519 key that signs for `purpose`, made now if there is none. Call outside reading()."""
    async with writing():
        row = await SigningKey.objects().where(SigningKey.purpose == purpose, SigningKey.retired_at.is_null()).first()
        if row is None:
            row = await _make(purpose, at)
    return OKPKey.import_key(json.loads(unseal(row.sealed_private_jwk)))


async def _make(purpose: str, at: datetime) -> SigningKey:
    kid = f"{purpose}-{new_ref()[:12]}"
    key = OKPKey.generate_key("Ed25519", parameters={"kid": kid, "use": "sig", "alg": "EdDSA"})
    row = SigningKey(
        kid=kid,
        purpose=purpose,
        public_jwk=json.dumps(key.as_dict(private=False)),
        sealed_private_jwk=seal(json.dumps(key.as_dict(private=True))),
        created_at=at,
    )
    await SigningKey.insert(row)
    return row


async def published_keys() -> list[dict[str, Any]]:
    """The public halves, as a key set publishes them; retired keys stay until their signatures are worthless."""
    rows = await SigningKey.select(SigningKey.public_jwk).order_by(SigningKey.id)
    return [json.loads(row["public_jwk"]) for row in rows]
