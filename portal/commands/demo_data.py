"""Who and what the demo is made of: `demo.toml` as values."""

import tomllib
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

FILE = Path(__file__).with_name("demo.toml")
PAST = Path(__file__).with_name("demo_past.toml")
JUDGED = Path(__file__).with_name("demo_judged.toml")
PASSWORD = "share-after-learning"  # noqa: S105 - printed for everybody: the demo's own
API_KEY = "demo-key-share-after-learning"
WEBHOOK_SECRET = "whsec_c2hhcmUtYWZ0ZXItbGVhcm5pbmctZGVtby1rZXk="  # noqa: S105 - the same
MAIL = "demo.test"
LICENSED, NEW = "owner", "new-owner"


class DemoStaff(Struct, frozen=True, forbid_unknown_fields=True):
    external_id: str
    role: str
    name: str

    @property
    def email(self) -> str:
        return f"{self.external_id}@{MAIL}"


class DemoOwner(Struct, frozen=True, forbid_unknown_fields=True):
    """An owner, how many days ago her store opened, and how far she has come since."""

    external_id: str
    name: str
    store: str
    region: str
    days: int
    stage: str
    phone: str
    email: str | None = None
    courses: int = 0
    lessons: int = 0
    attempts: int = 1


class DemoSupplier(Struct, frozen=True, forbid_unknown_fields=True):
    external_id: str
    name: str
    kind: str
    categories: list[str]
    contact_name: str
    contact_phone: str
    contact_email: str


class DemoProduct(Struct, frozen=True, forbid_unknown_fields=True):
    external_id: str
    title: str
    price_fen: int
    commission_bp: int
    supplier: str
    category: str
    share_copy: list[str]
    trial: bool = False


class DemoVip(Struct, frozen=True, forbid_unknown_fields=True):
    """A buyer of the licensed owner's; `through` a product's link, or else the store's invitation."""

    external_id: str
    name: str
    phone: str
    days: int
    through: str | None = None


class DemoOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """An order of a VIP; times in hours ago. `link`: she came through the link that brought her."""

    number: str
    vip: str
    product: str
    quantity: int
    placed: float
    status: str
    shipped: float | None = None
    delivered: float | None = None
    link: bool = True
    states: list[tuple[float, str]] = []
    region: str | None = None


class DemoComplaint(Struct, frozen=True, forbid_unknown_fields=True):
    """A complaint of an order, filed so many hours ago, and how far it has come (`portal/commands/demo_desk.py`).

    `hand`: whose it is; `waits`: minutes to her first words; `thinks`: hours from there to the proposal.
    """

    order: str
    hours: float
    stage: str
    function: str
    wanted: str
    filed_by: str
    text: str
    urgency: str = "normal"
    channel: str = "portal"
    reply: str = ""
    answer: str = ""
    hand: str = "agent"
    waits: float = 1
    thinks: float = 2
    offer: str = "voucher"
    offer_fen: int = 0
    proposal: str = ""
    satisfaction: int = 5
    cause: str = ""
    evidence: str = ""
    action: str = ""


class DemoVisit(Struct, frozen=True, forbid_unknown_fields=True):
    """A visit to a supplier so many days ago (negative: planned), with the dossier behind it.

    `flaw`: the point that `action` mends; `score`: what was given of five; `contract`: its days.
    """

    supplier: str
    days: int
    signed: str
    phone: str
    contract: int
    score: int
    words: str
    result: str = ""
    place: str = ""
    latitude: float = 0
    longitude: float = 0
    flaw: str = ""
    action: str = ""
    mended: str = ""


class DemoStory(Struct, frozen=True, forbid_unknown_fields=True):
    """What the desk worked off on a day of last month, with what was bought; the rest as in `DemoComplaint`."""

    vip: str
    product: str
    day: int
    hand: str
    waits: float
    function: str
    wanted: str
    filed_by: str
    text: str
    reply: str
    offer: str
    proposal: str
    satisfaction: int
    cause: str
    evidence: str
    action: str = ""
    offer_fen: int = 0
    channel: str = "portal"
    answer: str = ""


class DemoCase(Struct, frozen=True, forbid_unknown_fields=True):
    """A case of this order's complaint, its parts in both languages."""

    order: str
    zh_hans: dict[str, str]
    en: dict[str, str]


class DemoPast(Struct, frozen=True, forbid_unknown_fields=True):
    """Last month; `texts` are what the desk's people wrote about it."""

    stories: list[DemoStory]
    cases: list[DemoCase]
    texts: dict[str, str]


class DemoBought(Struct, frozen=True, forbid_unknown_fields=True):
    """Orders of one product, evenly placed from `first` to `last` days ago."""

    product: str
    many: int
    first: int
    last: int


class DemoFault(Struct, frozen=True, forbid_unknown_fields=True):
    """What the desk found of the order in this place of a product's; the rest as in `DemoComplaint`."""

    product: str
    place: int
    function: str
    text: str
    reply: str
    proposal: str
    cause: str
    evidence: str


class DemoJudged(Struct, frozen=True, forbid_unknown_fields=True):
    """What suppliers were judged by: the VIPs of a store, what they bought, and what was found."""

    store: str
    vips: list[str]
    orders: list[DemoBought]
    complaints: list[DemoFault]
    texts: dict[str, str]


class DemoData(Struct, frozen=True, forbid_unknown_fields=True):
    """All of it; `texts` are what people of the demo wrote."""

    staff: list[DemoStaff]
    owners: list[DemoOwner]
    suppliers: list[DemoSupplier]
    products: list[DemoProduct]
    vips: list[DemoVip]
    orders: list[DemoOrder]
    complaints: list[DemoComplaint]
    texts: dict[str, str]
    visits: list[DemoVisit] = []


@cache
def demo_data() -> DemoData:
    return msgspec.convert(tomllib.loads(FILE.read_text(encoding="utf-8")), DemoData)


@cache
def demo_past() -> DemoPast:
    return msgspec.convert(tomllib.loads(PAST.read_text(encoding="utf-8")), DemoPast)


@cache
def demo_judged() -> DemoJudged:
    return msgspec.convert(tomllib.loads(JUDGED.read_text(encoding="utf-8")), DemoJudged)
