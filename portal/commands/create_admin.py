"""portal create-admin: the first admin, by a link that opens once; there is no default account."""

import click

from portal.commands.running import console, portal_open, run
from portal.core.base.clock import now
from portal.core.people.actions import create_admin_invitation


@click.command()
@click.option("--email", prompt="E-mail", help="Where she is written to, and what she signs in with.")
@click.option("--name", prompt="Name", help="What she is called.")
def command(email: str, name: str) -> None:
    """Make an admin and print the one-time link by which she sets her password.

    An account that has this e-mail already becomes an admin's; where it has a password, the link sets a new one.
    """
    url = run(_create(email.strip(), name.strip()))
    screen = console()
    screen.print(f"{name} is an admin. Open this link once to set the password:")
    click.echo(url)


async def _create(email: str, name: str) -> str:
    async with portal_open():
        return await create_admin_invitation(name=name, email=email, at=now())
