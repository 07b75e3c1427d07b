"""/api/openapi.json: every route of the API, whole and stable, every no declared."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar.handlers import HTTPRouteHandler

from portal.core.web.frame import Frame
from tests.service.connect.shop import Shop

NOES = ("401", "403", "404", "409", "413", "422", "429")
OPERATIONS = {
    "answer_hurry": ("post", "/api/v1/hurries/{ref}/answer"),
    "answer_return": ("post", "/api/v1/returns/{ref}/answer"),
    "confirm_payment": ("post", "/api/v1/compensations/{ref}/payment"),
    "file_complaint": ("post", "/api/v1/complaints"),
    "get_compensation": ("get", "/api/v1/compensations/{ref}"),
    "get_compensations": ("get", "/api/v1/compensations"),
    "get_complaint": ("get", "/api/v1/complaints/{ref}"),
    "get_events": ("get", "/api/v1/events"),
    "get_hurries": ("get", "/api/v1/hurries"),
    "get_order": ("get", "/api/v1/orders/{number}"),
    "post_orders": ("post", "/api/v1/orders:batch"),
    "post_parcel": ("post", "/api/v1/orders/{number}/parcels"),
    "post_reconciliation": ("post", "/api/v1/reconciliations"),
    "put_order": ("put", "/api/v1/orders/{number}"),
    "put_product": ("put", "/api/v1/products/{external_id}"),
    "put_store": ("put", "/api/v1/stores/{external_id}"),
    "put_supplier": ("put", "/api/v1/suppliers/{external_id}"),
    "put_vip": ("put", "/api/v1/vips/{external_id}"),
    "share_right": ("get", "/api/v1/owners/{external_id}/share-right"),
}


@pytest.fixture
async def told(shop: Shop) -> dict[str, Any]:
    """The document, as anybody may fetch it."""
    answer = await shop.client.get("/api/openapi.json", headers={"Authorization": ""})
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json()
    return document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


async def test_every_route_of_the_api_is_told_and_nothing_else(told: dict[str, Any], app: Frame) -> None:
    served = {
        (method.lower(), route.path)
        for route in app.inner.routes  # type: ignore[attr-defined]
        for handler in getattr(route, "route_handlers", ())
        if isinstance(handler, HTTPRouteHandler) and route.path.startswith("/api/v1/")
        for method in handler.http_methods - {"HEAD", "OPTIONS"}
    }
    assert {(method, path.replace("}", ":str}")) for method, path, _ in operations(told)} == served


async def test_operation_ids_are_what_they_always_were(told: dict[str, Any]) -> None:
    assert {op["operationId"]: (method, path) for method, path, op in operations(told)} == OPERATIONS


async def test_every_operation_declares_its_noes_as_problem_details(told: dict[str, Any]) -> None:
    for method, path, operation in operations(told):
        responses = operation["responses"]
        assert set(NOES) <= responses.keys(), path
        assert responses.keys() - set(NOES) <= {"200", "201"}, path
        for status in NOES:
            assert list(responses[status]["content"]) == ["application/problem+json"]
            assert responses[status]["description"]
        assert operation["description"], (method, path)
        assert "Scope `" in operation["description"], (method, path)


async def test_the_document_is_whole(told: dict[str, Any]) -> None:
    assert told["openapi"].startswith("3.1")
    assert told["info"]["title"]
    for found in references(told):
        target: Any = told
        for step in found.removeprefix("#/").split("/"):
            target = target[step]
    for _, path, operation in operations(told):
        named = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"}
        assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")}
        assert all(parameter["required"] for parameter in operation["parameters"] if parameter["in"] == "path")


async def test_bodies_have_the_contracts_shapes(told: dict[str, Any]) -> None:
    def body(operation_id: str) -> dict[str, Any]:
        method, path = OPERATIONS[operation_id]
        schema = told["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]
        return dict(told["components"]["schemas"][schema["$ref"].rpartition("/")[2]])

    assert sorted(body("put_store")["required"]) == ["kit", "name", "opened_at", "owner"]
    assert sorted(body("put_store")["properties"]) == [
        "closed_at",
        "kit",
        "manager",
        "name",
        "opened_at",
        "owner",
        "referred_by",
        "region",
    ]
    assert sorted(body("put_vip")["required"]) == ["name", "phone", "registered_at"]
    assert sorted(body("put_vip")["properties"]) == ["name", "owner", "phone", "registered_at", "share_code"]


async def test_one_key_scheme_holds_for_all(told: dict[str, Any]) -> None:
    assert told["security"] == [{"bearer": []}]
    scheme = told["components"]["securitySchemes"]["bearer"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert all("security" not in operation for _, _, operation in operations(told))
