"""portal recount-facts: what orders came to, reckoned again from the orders themselves."""

import click
from rich.progress import Progress, TaskID

from portal.commands.running import console, counted, portal_open, progress, run
from portal.core.base.clock import now
from portal.service.facts import recounting
from portal.service.insight import recounting as ways


@click.command()
def command() -> None:
    """Reckon again, from the orders themselves, what suppliers, stars and figures are judged by.

    The portal may go on meanwhile. Broken off, the next run goes on where it stood. Afterwards the figures are what
    they would be from nothing; how many orders were not as they should be is printed.
    """
    run(_recount())


async def _recount() -> None:
    async with portal_open():
        with progress() as bar:
            differed = await recounting.recount(now(), Bar(bar).tell)
            stores = await ways.recount(now(), Bar(bar).tell)
        told = f"{counted(differed, 'order')} and {counted(stores, 'store')} differed"
        console().print(f"{told}; every day was summed up again.")


class Bar:
    """One bar for the orders, then one for the days."""

    def __init__(self, bar: Progress) -> None:
        self.bar = bar
        self.tasks: dict[str, TaskID] = {}

    async def tell(self, what: str, done: int, total: int) -> None:
        if what not in self.tasks:
            self.tasks[what] = self.bar.add_task(what, total=total)
        self.bar.update(self.tasks[what], completed=done, total=total)
