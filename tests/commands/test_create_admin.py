"""portal create-admin: the first admin comes by a link that opens once."""

from portal.core.base.database import reading
from portal.core.people import queries as people
from tests.commands.conftest import Site


def test_it_prints_a_link_for_a_new_admin(site: Site) -> None:
    ran = site.run("create-admin", "--email", "ada@portal.test", "--name", "Ada")
    assert ran.code == 0
    assert f"{site.settings.base_url}/invitations/" in ran.out

    async def roles() -> frozenset[str]:
        async with reading():
            ada = await people.person_by_identifier("ada@portal.test")
            assert ada is not None
            return frozenset(await people.roles_of(ada.id))

    assert site.do(roles) == {"admin"}


def test_it_asks_for_what_was_not_said(site: Site) -> None:
    ran = site.run("create-admin", typed="ada@portal.test\nAda\n")
    assert ran.code == 0
    assert "/invitations/" in ran.out


def test_a_malformed_address_is_a_sentence(site: Site) -> None:
    ran = site.run("create-admin", "--email", "nowhere", "--name", "Ada")
    assert ran.code == 1
    assert len(ran.err.splitlines()) == 1
