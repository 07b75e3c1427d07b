"""The cast that everybody knows. Olive has a store and all she needs; Otto is another owner and must see nothing of hers."""

from dataclasses import dataclass

from tests import make
from tests.make import Owner


@dataclass(frozen=True)
class Cast:
    """People by their parts. Mona manages Olive's store; Milo manages Otto's."""

    olive: Owner
    otto: Owner
    mona: int
    milo: int
    abe: int
    dora: int
    ada: int
    alan: int

    def person_of(self, part: str) -> int:
        """The person who plays a part: owner, other_owner, manager, other_manager, agent, desk_lead, admin, second_admin."""
        return {
            "owner": self.olive.person_id,
            "other_owner": self.otto.person_id,
            "manager": self.mona,
            "other_manager": self.milo,
            "agent": self.abe,
            "desk_lead": self.dora,
            "admin": self.ada,
            "second_admin": self.alan,
        }[part]


PARTS = ("owner", "other_owner", "manager", "other_manager", "agent", "desk_lead", "admin", "second_admin")


async def enter() -> Cast:
    """Put the cast on the stage: two owners with open stores, and staff of each kind."""
    mona, milo = await make.person("manager", "Mona"), await make.person("manager", "Milo")
    return Cast(
        olive=await make.owner("Olive", manager_id=mona),
        otto=await make.owner("Otto", manager_id=milo),
        mona=mona,
        milo=milo,
        abe=await make.person("agent", "Abe"),
        dora=await make.person("desk_lead", "Dora"),
        ada=await make.person("admin", "Ada"),
        alan=await make.person("admin", "Alan"),
    )
