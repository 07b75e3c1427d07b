"""What differs between two records, and how share copy falls into sentences."""

from dataclasses import replace

import pytest

from portal.core.supply.rules import ProductFacts, SupplierFacts, SupplierKind, copy_lines, differing

PRODUCT = ProductFacts("p-1", "Oranges", 11_800, 1_200, "s-1", "fruit", "https://shop.test/p-1")
SUPPLIER = SupplierFacts("s-1", "Orchard", SupplierKind.GOODS, ("fruit",), "Chen", "13900000000", "chen@orchard.test")


def test_the_same_record_differs_in_nothing() -> None:
    assert differing(PRODUCT, replace(PRODUCT)) == ()
    assert differing(SUPPLIER, replace(SUPPLIER)) == ()


def test_each_field_that_differs_is_named() -> None:
    assert differing(PRODUCT, replace(PRODUCT, price_fen=1, trial=True)) == ("price_fen", "trial")
    assert differing(SUPPLIER, replace(SUPPLIER, kind=SupplierKind.CARRIER, contact_phone=None)) == (
        "kind",
        "contact_phone",
    )


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        (None, ()),
        ("", ()),
        ("one", ("one",)),
        ("one\n\n  two \r\n", ("one", "two")),
        (["one", " ", "two\nthree"], ("one", "two", "three")),
    ],
)
def test_share_copy_is_one_sentence_a_line(given: str | list[str] | None, lines: tuple[str, ...]) -> None:
    assert copy_lines(given) == lines
