"""What the shop may ask of the gate, and a permit that it checks without us."""

import time
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import KeySet

from certification.rights import measures
from certification.rights.tables import Decision
from portal.core.base import keys
from portal.core.base.clock import now
from portal.core.base.database import reading
from tests import make
from tests.browse import Browser
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("school")
DAY = timedelta(days=1)


async def ask(browser: Browser, external_id: str, header: dict[str, str] | None = None, language: str = "en"):  # type: ignore[no-untyped-def]
    header = header if header is not None else await make.api_key("rights:read")
    path = f"/api/v1/owners/{external_id}/share-right"
    return await browser.client.get(path, headers={**header, "Accept-Language": language})


async def test_a_learner_may_buy_but_not_share_and_each_reason_has_its_page(browser: Browser) -> None:
    owner = await make.owner("何晓梅")
    answer = await ask(browser, owner.external_id)
    body = answer.json()
    assert answer.status_code == 200
    assert (body["status"], body["may_share"], body["may_self_purchase"]) == ("learning", False, True)
    assert [reason["code"] for reason in body["reasons"]] == [
        "courses_incomplete",
        "exam_not_passed",
        "certificate_missing",
    ]
    assert all(reason["text"] and reason["url"].startswith("http://127.0.0.1:8000/") for reason in body["reasons"])
    assert body["permit"] is None
    assert body["valid_until"] is None
    chinese = (await ask(browser, owner.external_id, language="zh-CN")).json()
    assert chinese["reasons"][0]["text"] != body["reasons"][0]["text"]


async def test_asking_again_keeps_no_second_decision(browser: Browser) -> None:
    owner = await make.owner("何晓梅")
    header = await make.api_key("rights:read")
    first = (await ask(browser, owner.external_id, header)).json()
    second = (await ask(browser, owner.external_id, header)).json()
    assert first["decision"] == second["decision"]
    async with reading():
        assert await Decision.count().where(Decision.store == owner.store_id) == 1


async def test_a_permit_holds_for_fifteen_minutes_and_is_checked_offline(browser: Browser) -> None:
    owner = await make.licensed_owner("李芳", now() - 5 * DAY)
    body = (await ask(browser, owner.external_id)).json()
    assert (body["status"], body["may_share"], body["reasons"]) == ("licensed", True, [])
    published = KeySet.import_key_set((await browser.client.get("/.well-known/jwks.json")).json())
    token = jwt.decode(body["permit"], published, algorithms=["EdDSA"])
    assert token.header["alg"] == "EdDSA"
    claims = token.claims
    assert claims["sub"] == owner.external_id
    assert claims["store"] == owner.store_external_id
    assert 0 < claims["exp"] - time.time() <= 15 * 60
    assert all("d" not in key for key in (await browser.client.get("/.well-known/jwks.json")).json()["keys"])
    forged = body["permit"][:-6] + ("AAAAAA" if not body["permit"].endswith("AAAAAA") else "BBBBBB")
    with pytest.raises((BadSignatureError, JoseError)):
        jwt.decode(forged, published, algorithms=["EdDSA"])


async def test_a_rotated_key_still_vouches_for_its_permits(browser: Browser) -> None:
    owner = await make.licensed_owner("李芳", now() - 5 * DAY)
    before = (await ask(browser, owner.external_id)).json()["permit"]
    await keys.rotate(keys.PERMIT, now())
    after = (await ask(browser, owner.external_id)).json()["permit"]
    published = KeySet.import_key_set((await browser.client.get("/.well-known/jwks.json")).json())
    kids = {jwt.decode(token, published, algorithms=["EdDSA"]).header["kid"] for token in (before, after)}
    assert len(kids) == 2


async def test_a_permit_never_outlives_the_right(browser: Browser, cast: Cast) -> None:
    owner = await make.licensed_owner("李芳", now() - 365 * DAY - timedelta(hours=5))
    body = (await ask(browser, owner.external_id)).json()
    if body["may_share"]:  # the certificate has minutes to live
        token = jwt.decode(
            body["permit"],
            KeySet.import_key_set((await browser.client.get("/.well-known/jwks.json")).json()),
            algorithms=["EdDSA"],
        )
        assert token.claims["exp"] <= int(now().timestamp()) + 15 * 60
    else:
        assert body["status"] == "expired"
        assert body["permit"] is None


async def test_a_suspension_is_seen_at_the_next_request(browser: Browser, cast: Cast) -> None:
    owner = await make.licensed_owner("李芳", now() - 5 * DAY)
    header = await make.api_key("rights:read")
    assert (await ask(browser, owner.external_id, header)).json()["may_share"]
    ada = await make.viewer(cast.ada)
    await measures.suspend(
        ada, owner.store_id, kind="suspension", reason="核查中", ends_at=now() + DAY, remedial=True, at=now()
    )
    body = (await ask(browser, owner.external_id, header)).json()
    assert (body["status"], body["may_share"]) == ("suspended", False)
    assert [reason["code"] for reason in body["reasons"]] == ["suspended"]
    assert body["may_self_purchase"]


async def test_no_key_wrong_scope_unknown_owner(browser: Browser) -> None:
    owner = await make.owner("何晓梅")
    assert (await ask(browser, owner.external_id, {})).status_code == 401
    assert (await ask(browser, owner.external_id, {"Authorization": "Bearer nonsense"})).status_code == 401
    assert (await ask(browser, owner.external_id, await make.api_key("stores:write"))).status_code == 403
    missing = await ask(browser, "nobody-of-this-name")
    assert missing.status_code == 404
    assert missing.headers["content-type"].startswith("application/problem+json")
