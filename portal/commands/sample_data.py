"""portal sample-data: a large site to try out and to measure on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import click
import msgspec

from certification.rights.queries import load_facts
from certification.rights.rules import RULES_VERSION, decide
from certification.rights.rules import Decision as Answer
from certification.rights.tables import Decision, ShareRight
from courses.catalogue.commands import ensure_shipped
from portal.commands import sample_orders, sample_rows
from portal.commands.running import Stopped, console, counted, portal_open, progress, run
from portal.commands.sample_rows import OWNERS_A_MANAGER, PREFIX, Ground, Sample, insert
from portal.core.base.audit import SYSTEM, record
from portal.core.base.clock import now
from portal.core.base.database import DB, reading, writing
from portal.core.base.settings import settings
from portal.core.people import actions as people
from portal.core.stores.queries import StoreInfo

CHUNK = 500


@click.command()
@click.option("--owners", type=click.IntRange(1, 1_000_000), required=True, help="How many owners to add.")
@click.option("--orders", type=click.IntRange(0), default=0, show_default=True, help="How many orders to add.")
def command(owners: int, orders: int) -> None:
    """Add made-up owners in bulk: stores, managers, learning, certificates, rights, VIPs, and orders of theirs.

    Up to 50,000 orders, a quarter at most, are the first owner's, so that there is a long list to look at.

    For trying out the size of a site, never for a real one: nobody is invited and nothing is sent.
    """
    if settings().production:
        raise Stopped("PORTAL_ENV is production: sample data is not for a real site.")
    run(_load(owners, orders))


async def _load(owners: int, orders: int) -> None:
    async with portal_open():
        at = now()
        await ensure_shipped(at)
        async with reading():
            on = await sample_rows.ground(at)
            first = await _known()
        managers = await _managers(first, first + owners, at)
        numbers = range(first, first + owners)
        with progress() as bar:
            task = bar.add_task("owners", total=owners)
            for start in range(0, owners, CHUNK):
                chunk = numbers[start : start + CHUNK]
                async with writing():
                    await _add([Sample(number, at) for number in chunk], on, managers)
                bar.update(task, advance=len(chunk))
        async with writing():
            await record(SYSTEM, "site.sample_data", ("site", 0), at, {"owners": owners, "orders": orders})
        added = await _order(orders, at) if orders else 0
    console().print(f"Added {counted(owners, 'owner')}, {counted(len(managers), 'manager')} looking after them.")
    if orders:
        console().print(f"Added {counted(added, 'order')}.")


async def _order(orders: int, at: datetime) -> int:
    """Add about so many orders to the made-up VIPs; returns how many."""
    async with writing():
        product_id = await sample_orders.product(at)
    store_id = await sample_orders.busiest()
    heavy, others = await sample_orders.vips(store_id)
    first, done = await sample_orders.known(), 0
    with progress() as bar:
        task = bar.add_task("orders", total=orders)
        for batch in sample_orders.plan(orders, heavy, others, first):
            await sample_orders.add(batch, store_id, product_id, at)
            done += batch.orders
            bar.update(task, advance=batch.orders)
    return done


async def _known() -> int:
    rows = await DB.fetch(
        f"SELECT count(*) AS n FROM persons WHERE external_id LIKE '{PREFIX}%' AND phone IS NOT NULL",  # noqa: S608
        [],
    )
    return int(rows[0]["n"])


async def _managers(first: int, last: int, at: datetime) -> list[int]:
    """New managers for owners of these numbers, one for every two hundred."""
    made = []
    for number in range(first // OWNERS_A_MANAGER, (last - 1) // OWNERS_A_MANAGER + 1):
        async with writing():
            made.append(
                await people.create_person(
                    SYSTEM, name=f"M {number}-{first}", role="manager", at=at, external_id=f"{PREFIX}m-{number}-{first}"
                )
            )
    return made


async def _add(samples: list[Sample], on: Ground, managers: Sequence[int]) -> None:
    people_ids = await insert([sample_rows.person(one) for one in samples])
    samples = [replace(one, person_id=made) for one, made in zip(samples, people_ids, strict=True)]
    await insert([sample_rows.role(one) for one in samples])
    stores = await insert([sample_rows.store(one) for one in samples])
    samples = [replace(one, store_id=made) for one, made in zip(samples, stores, strict=True)]
    await insert([sample_rows.stewardship(one, managers) for one in samples])
    assigned = await insert([sample_rows.assignment(one, on) for one in samples])
    samples = [replace(one, assignment_id=made) for one, made in zip(samples, assigned, strict=True)]
    await _learn([one for one in samples if one.courses_done != 0], on)
    await _decide(samples, on.at)


async def _learn(samples: list[Sample], on: Ground) -> None:
    if samples:
        await insert([row for one in samples for row in sample_rows.enrolments(one, on)])
    licensed = [one for one in samples if one.licensed]
    if licensed:
        await insert([sample_rows.attempt(one, on) for one in licensed])
        await insert([sample_rows.certificate(one, on) for one in licensed])
        await insert([row for one in licensed for row in sample_rows.vips(one)])
        await _invite(licensed)


async def _invite(licensed: list[Sample]) -> None:
    """Each store's invitation, made under the decision of the day when its owner got her certificate."""
    decided = [await _decision(one, one.licensed_at) for one in licensed]
    ids = await insert([row for row, _ in decided])
    held = [(one, made) for one, made, (_, answer) in zip(licensed, ids, decided, strict=True) if answer.may_share]
    await insert([sample_rows.invitation(one, made) for one, made in held])


async def _decision(one: Sample, at: datetime) -> tuple[Decision, Answer]:
    """The gate's own answer of a moment, from the facts that now stand in the database."""
    facts = await load_facts(_store_info(one))
    answer = decide(facts, at)
    row = Decision(
        store=one.store_id,
        decided_at=at,
        cause="sample",
        rules_version=RULES_VERSION,
        facts=msgspec.json.encode(facts).decode(),
        status=str(answer.status),
        may_share=answer.may_share,
        reasons=msgspec.json.encode(answer.reasons).decode(),
        valid_until=answer.valid_until,
    )
    return row, answer


async def _decide(samples: list[Sample], at: datetime) -> None:
    """Where each stands now."""
    decided = [await _decision(one, at) for one in samples]
    ids = await insert([row for row, _ in decided])
    rights = [
        ShareRight(
            store=one.store_id,
            decision=made,
            status=str(answer.status),
            may_share=answer.may_share,
            valid_until=answer.valid_until,
            recheck_at=answer.recheck_at,
            changed_at=at,
        )
        for one, made, (_, answer) in zip(samples, ids, decided, strict=True)
    ]
    await insert(rights)


def _store_info(one: Sample) -> StoreInfo:
    return StoreInfo(
        id=one.store_id,
        external_id=one.external_id,
        owner_id=one.person_id,
        owner_external_id=one.external_id,
        name=one.store_name,
        region=one.region,
        opened_at=one.opened_at,
        closed_at=None,
        kit_returned_at=None,
        manager_id=None,
        manager_name=None,
    )
