"""The shop's door: what it may send, what it is answered, and how a wrong body is told."""

from typing import Any

import httpx
import pytest

from portal.core.base.database import reading
from portal.core.people.rules import Scope
from portal.core.supply.tables import Product, Supplier
from tests.browse import Browser
from tests.core.stores.scene import api_headers

PRODUCT: dict[str, Any] = {
    "title": "Navel oranges, 5 kg",
    "price_fen": 11_800,
    "commission_bp": 1_200,
    "supplier": "s-1",
    "category": "fruit",
    "url": "https://shop.test/p-1",
    "image_url": "https://shop.test/p-1.jpg",
    "share_copy": "Sweet.\nKeeps a week.",
    "trial": True,
}
SUPPLIER: dict[str, Any] = {
    "name": "Orchard",
    "kind": "goods",
    "categories": ["fruit"],
    "contact": {"name": "Chen", "phone": "13900000000", "email": "chen@orchard.test"},
}
BARE = {name: PRODUCT[name] for name in ("title", "price_fen", "commission_bp", "supplier", "category", "url")}


async def _put(browser: Browser, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
    return await browser.client.put(f"/api/v1/{path}", json=body, headers=headers)


async def test_a_product_is_put_and_answered(browser: Browser) -> None:
    headers = await api_headers(Scope.PRODUCTS_WRITE)
    answer = await _put(browser, "products/p-1", PRODUCT, headers)
    assert answer.status_code == 200
    assert answer.json() == {"external_id": "p-1", **PRODUCT, "retired": False}
    assert (await _put(browser, "products/p-1", PRODUCT, headers)).json() == answer.json()
    plain = await _put(browser, "products/p-1", BARE, headers)
    absent = {"image_url": None, "share_copy": "", "trial": False, "retired": False}
    assert plain.json() == {"external_id": "p-1", **BARE, **absent}
    listed = await _put(browser, "products/p-2", {**BARE, "share_copy": ["Sweet.", "Ripe."]}, headers)
    assert listed.json()["share_copy"] == "Sweet.\nRipe."


async def test_a_supplier_is_put_and_answered(browser: Browser) -> None:
    headers = await api_headers(Scope.SUPPLIERS_WRITE)
    answer = await _put(browser, "suppliers/s-1", SUPPLIER, headers)
    assert (answer.status_code, answer.json()) == (200, {"external_id": "s-1", **SUPPLIER})
    carrier = await _put(browser, "suppliers/s-1", {**SUPPLIER, "kind": "carrier"}, headers)
    assert carrier.json()["kind"] == "carrier"


async def test_without_a_key_or_its_scope_nothing_is_done(browser: Browser) -> None:
    headers = await api_headers(Scope.SUPPLIERS_WRITE)
    assert (await _put(browser, "products/p-1", PRODUCT, {})).status_code == 401
    assert (await _put(browser, "suppliers/s-1", SUPPLIER, {"Authorization": "Bearer no"})).status_code == 401
    refused = await _put(browser, "products/p-1", PRODUCT, headers)
    assert (refused.status_code, refused.json()["title"]) == (403, "scope_missing")
    assert refused.headers["content-type"] == "application/problem+json"
    async with reading():
        assert (await Product.count(), await Supplier.count()) == (0, 0)


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({"title": ""}, {"title"}),
        ({"title": "x" * 201}, {"title"}),
        ({"title": "\u0000\u202e"}, {"title"}),
        ({"title": 7}, {"title"}),
        ({"price_fen": 0}, {"price_fen"}),
        ({"price_fen": 1.5}, {"price_fen"}),
        ({"price_fen": 2**40}, {"price_fen"}),
        ({"price_fen": "118"}, {"price_fen"}),
        ({"commission_bp": 499}, {"commission_bp"}),
        ({"commission_bp": 2_001}, {"commission_bp"}),
        ({"supplier": "a/b"}, {"supplier"}),
        ({"url": "javascript:alert(1)"}, {"url"}),
        ({"url": "https://shop.test:99999/"}, {"url"}),
        ({"url": "https://user@shop.test/"}, {"url"}),
        ({"url": "https://shop.test/a b"}, {"url"}),
        ({"image_url": "data:image/png;base64,AA"}, {"image_url"}),
        ({"share_copy": ["x"] * 31}, {"share_copy"}),
        ({"share_copy": "x\n" * 31}, {"share_copy"}),
        ({"share_copy": "x" * 501}, {"share_copy"}),
        ({"trial": "yes"}, {"trial"}),
        ({"owner": 1, "price": 2}, {"owner", "price"}),
        ({"price_fen": None, "title": None, "retired": True}, {"price_fen", "title", "retired"}),
    ],
)
async def test_each_wrong_field_of_a_product_is_named(browser: Browser, more: dict[str, Any], fields: set[str]) -> None:
    headers = await api_headers(Scope.PRODUCTS_WRITE)
    answer = await _put(browser, "products/p-1", {**PRODUCT, **more}, headers)
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == fields
    assert all(error["detail"] for error in answer.json()["errors"])
    async with reading():
        assert await Product.count() == 0


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({"kind": "bank"}, {"kind"}),
        ({"categories": "fruit"}, {"categories"}),
        ({"categories": [""]}, {"categories"}),
        ({"contact": {"name": "Chen"}}, {"contact.phone", "contact.email"}),
        ({"contact": {**SUPPLIER["contact"], "email": "chen", "fax": "1"}}, {"contact.email", "contact.fax"}),
        ({"name": None}, {"name"}),
    ],
)
async def test_each_wrong_field_of_a_supplier_is_named(
    browser: Browser, more: dict[str, Any], fields: set[str]
) -> None:
    headers = await api_headers(Scope.SUPPLIERS_WRITE)
    answer = await _put(browser, "suppliers/s-1", {**SUPPLIER, **more}, headers)
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == fields


@pytest.mark.parametrize("path", ["products/a%20b", "products/a%25b", f"products/{'x' * 81}"])
async def test_a_wrong_id_is_told_as_such(browser: Browser, path: str) -> None:
    headers = await api_headers(Scope.PRODUCTS_WRITE)
    answer = await _put(browser, path, PRODUCT, headers)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["external_id"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b'{"title": "\\ud800"}', b"\xff"])
async def test_what_is_no_object_is_told_as_such(browser: Browser, body: bytes) -> None:
    headers = {**await api_headers(Scope.PRODUCTS_WRITE), "Content-Type": "application/json"}
    answer = await browser.client.put("/api/v1/products/p-1", content=body, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["title"] == "shape"


async def test_the_answers_are_told_in_the_callers_language(browser: Browser) -> None:
    headers = {**await api_headers(Scope.PRODUCTS_WRITE), "Accept-Language": "en"}
    answer = await _put(browser, "products/p-1", {**PRODUCT, "price_fen": 0}, headers)
    assert answer.json()["errors"][0]["detail"] == "Too small: at least 1."


async def test_both_doors_and_their_noes_stand_in_the_openapi_document(browser: Browser) -> None:
    paths = (await browser.client.get("/api/openapi.json")).json()["paths"]
    for path in ("/api/v1/products/{external_id}", "/api/v1/suppliers/{external_id}"):
        answers = paths[path]["put"]["responses"]
        assert {"200", "401", "403", "422"} <= answers.keys()
        assert "application/problem+json" in answers["422"]["content"]
