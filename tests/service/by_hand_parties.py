"""What orders are to suppliers and carriers, counted with plain loops over raw rows; goes with `by_hand`."""

import json
from datetime import UTC, datetime, timedelta

from portal.core.stores.rules import ERASED
from tests.service.by_hand import Row, World, arrived, complaints, day_of, lines

KEPT_RETURNS = {
    "refunded",
    "exchanged",
    "resent",
    "closed",
    "approved",
    "sent_ahead",
    "goods_back",
    "received",
    "refund_due",
}


def _answered(there: World, asked: Row) -> bool | None:
    for one in there.tables["inquiry_answers"]:
        if one["inquiry"] == asked["id"] and one["replaced_at"] is None:
            return not one["late"]
    if asked["level"] >= 4:
        return False
    if asked["ended_at"] is None:
        return None
    if asked["ended_at"] > asked["due_at"]:
        return False
    return True if asked["ended_why"] in ("shipped", "scanned", "delivered") else None


def _holds(parcel: Row, line: Row) -> bool:
    named = json.loads(parcel["lines"])
    return not named or line["line"] in named


def _cold(category: str) -> bool:
    return category.split("/", 1)[0] in ("fresh", "frozen")


def _hours(there: World, at: datetime, *, cold: bool) -> int:
    chosen = (datetime(2000, 1, 1, tzinfo=UTC), 72, 48)
    for one in sorted(there.tables["carrier_hours"], key=lambda row: row["since"]):
        if one["since"] <= at:
            chosen = (one["since"], one["usual"], one["cold"])
    return chosen[2] if cold else chosen[1]


def _told(there: World, order: Row, parcels: list[Row], lines: list[Row]) -> set[str]:
    said = set()
    for asked in there.of("inquiries", order):
        for one in there.tables["inquiry_answers"]:
            if one["inquiry"] == asked["id"] and one["replaced_at"] is None:
                said |= {one["answer"]} if asked["parcel"] in [each["id"] for each in parcels] else set()
    for back in there.of("returns", order):
        for one in there.tables["return_lines"]:
            mine = one["return_of"] == back["id"] and one["order_line"] in [each["id"] for each in lines]
            said |= {back["reason"]} if mine and back["state"] in KEPT_RETURNS else set()
    return said


def party_rows(there: World, order: Row) -> list[Row]:
    bought, parcels = lines(there, order), there.of("parcels", order)
    findings = [(one, one["finding"]) for one in complaints(there, order) if one["finding"]]
    suppliers = {line["supplier"] for line in bought}
    carriers = {parcel["carrier"] for parcel in parcels}
    for _, finding in findings:
        if finding["supplier"] is not None:
            (suppliers if finding["code"].startswith("supplier_") else carriers).add(finding["supplier"])
    return [_party(there, order, party, carrier=False) for party in suppliers - carriers] + [
        _party(there, order, party, carrier=True) for party in carriers
    ]


def _party(there: World, order: Row, party: int, *, carrier: bool) -> Row:
    own = [one for one in there.of("parcels", order) if one["carrier"] == party]
    every = lines(there, order)
    own_lines = [
        line for line in every if (any(_holds(one, line) for one in own) if carrier else line["supplier"] == party)
    ]
    against = [
        (c, c["finding"]) for c in complaints(there, order) if c["finding"] and c["finding"]["supplier"] == party
    ]
    codes = {finding["code"] for _, finding in against}
    way = _carried(there, order, own, every, own_lines, codes) if carrier else _sent(there, order, own_lines, codes)
    late = way["due_at"] is not None and way["done_at"] is not None and way["done_at"] > way["due_at"]
    delivered = arrived(order, there.of("parcels", order))
    dearest = sorted(own_lines, key=lambda line: (-line["paid_fen"], line["id"]))[:1]
    place = order["region"]
    return {
        "order_of": order["id"],
        "party": party,
        "kind": "carrier" if carrier else "goods",
        "product": dearest[0]["product"] if dearest and not carrier else None,
        "category": dearest[0]["category"] if dearest else "",
        "region": None if place in ("", ERASED) else place,
        "day": day_of(order["placed_at"]),
        "month": day_of(order["placed_at"])[:7],
        "placed_at": order["placed_at"],
        "delivered_at": delivered,
        "counted": delivered is not None or way["lost"] or bool(against),
        "faults": len(against),
        "severe": sum(_severe(one, finding) for one, finding in against),
        "late": late,
        "cold_broken": carrier and late and way["fresh"],
        "paid_fen": sum(line["paid_fen"] for line in own_lines),
        **_asked(there, order, party, carrier=carrier),
        **_marked(there, order, own_lines, "delivery" if carrier else "goods"),
        **way,
    }


def _severe(one: Row, finding: Row) -> bool:
    return bool(
        finding["code"] == "supplier_defect"
        and one["function_category"] == "quality"
        and one["urgency"] == "urgent"
        and one["product_category"].split("/", 1)[0] in ("food", "fresh", "frozen")
    )


def _asked(there: World, order: Row, party: int, *, carrier: bool) -> Row:
    found = [
        _answered(there, one)
        for one in there.of("inquiries", order)
        if one["party"] == party and one["kind"] == ("trace" if carrier else "hurry")
    ]
    return {"hurries": sum(one is not None for one in found), "hurries_answered": sum(one is True for one in found)}


def _marked(there: World, order: Row, own: list[Row], what: str) -> Row:
    marks = [
        one[what]
        for one in (*there.of("ratings", order), *there.of("owner_ratings", order))
        if one["order_line"] in [line["id"] for line in own]
    ]
    return {"ratings": len(marks), "rating_sum": sum(marks), "low_ratings": sum(mark <= 2 for mark in marks)}


def _sent(there: World, order: Row, lines: list[Row], codes: set[str]) -> Row:
    first = [
        min((one["shipped_at"] for one in there.of("parcels", order) if _holds(one, line)), default=None)
        for line in lines
    ]
    return {
        "due_at": order["ship_by"] if lines else None,
        "done_at": max(first) if first and None not in first else None,  # type: ignore[type-var]
        "lost": False,
        "damaged": "supplier_poor_packing" in codes,
        "fresh": any(_cold(line["category"]) for line in lines),
    }


def _carried(there: World, order: Row, own: list[Row], every: list[Row], lines: list[Row], codes: set[str]) -> Row:
    last = max(own, key=lambda one: (one["shipped_at"], one["id"])) if own else None
    fresh = last is not None and any(_cold(line["category"]) and _holds(last, line) for line in every)
    trace = last["first_trace_at"] if last else None
    done = last["delivered_at"] if last else None
    told = _told(there, order, own, lines)
    return {
        "due_at": trace + timedelta(hours=_hours(there, trace, cold=fresh)) if trace else None,
        "done_at": done,
        "lost": "carrier_lost" in codes or (done is None and "lost" in told),
        "damaged": "carrier_damaged" in codes or "damaged" in told,
        "fresh": fresh,
    }
