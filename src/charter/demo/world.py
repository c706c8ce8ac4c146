"""What there is and what happens in the simulated group. Instants are epoch seconds, amounts hundredths of a currency's unit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from charter.demo.clock import day_of
from charter.demo.country import Country

DIGITAL = frozenset({"shop", "portal", "punchout", "edi", "quote"})
"""Ways in which the customer commits an order without a person of the seller."""


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch: `site` is what its ERP calls it."""

    scope: str
    title: str
    country: Country
    site: str


@dataclass(slots=True)
class Account:
    """One customer number in one ERP. `same_as` is the number of which it is a second entry."""

    number: str
    branch: Branch
    name: str
    street: str
    postal_code: str
    city: str
    tax_id: str
    phone: str
    email: str
    group: str
    size: float
    cadence: float
    manual: str
    adopts: float
    edi: bool
    baskets: tuple[tuple[tuple[int, int], ...], ...]
    login: bool = False
    same_as: str | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One article; `price` is its list price in hundredths of a euro, `cost` what it costs."""

    number: str
    title: str
    category: str
    price: int
    cost: int
    unit: str
    maker: str
    maker_number: str
    gtin: str


@dataclass(frozen=True, slots=True)
class Line:
    """One order line: unit price as charged, and as the price list and the account's agreement say."""

    number: int
    item: int
    quantity: int
    price: int
    reference: int

    @property
    def amount(self) -> int:
        """Answers the net amount."""
        return self.quantity * self.price


@dataclass(frozen=True, slots=True)
class User:
    """Who logs in to a shop: somebody of a customer, of our own (`staff`), or a machine of a buying platform."""

    name: str
    role: str

    @property
    def staff(self) -> bool:
        """Answers whether it is one of our own."""
        return self.role == "staff"


@dataclass(slots=True)
class Order:
    """One decision of a customer to buy, as it really was."""

    number: str
    branch: Branch
    account: Account
    way: str
    kind: str
    received: int
    entered: int = 0
    confirmed: int = 0
    released: int = 0
    shipped: date | None = None
    delivered: date | None = None
    cancelled: int | None = None
    customer_wait: int = 0
    dwell: int = 0
    touched: bool = True
    shop_number: str | None = None
    customer_number: str = ""
    clerk: str = ""
    rekeyed: str | None = None
    user: User | None = None
    impersonated: bool = False
    unknown_way: bool = False
    invoiced: date | None = None
    returned: date | None = None
    lines: tuple[Line, ...] = ()

    @property
    def country(self) -> Country:
        """Answers the market that sold it."""
        return self.branch.country

    @property
    def entered_on(self) -> date:
        """Answers the day under which its ERP files it: that of its entry, in the market's own time."""
        return day_of(self.entered, self.country.zone)

    @property
    def amount(self) -> int:
        """Answers the net amount."""
        return sum(line.amount for line in self.lines)


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line of an invoice or credit note: which article (its place in the world's, or a word for what is none), and its amount."""

    item: str
    quantity: int
    amount: int


@dataclass(frozen=True, slots=True)
class Invoice:
    """One invoice or credit note; `order` is the one whose goods it bills or takes back, None where it names none.

    `key` orders those of one day. The amounts of a credit note are positive, as they stand on it.
    """

    number: str
    kind: str
    day: date
    key: str
    branch: Branch
    account: Account
    order: Order | None
    lines: tuple[InvoiceLine, ...]

    @property
    def amount(self) -> int:
        """Answers what it adds to the turnover: below 0 for a credit note."""
        whole = sum(line.amount for line in self.lines)
        return whole if self.kind == "invoice" else -whole


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One event of a service case: the state from then on, who acted, which team has it, what was done."""

    at: int
    state: str
    side: str
    team: str
    what: str = ""


@dataclass(slots=True)
class Case:
    """One service case. `paused` are the places of events by which an agent stopped the clock though nothing was asked."""

    number: str
    country: Country
    account: Account
    priority: int
    channel: str
    kind: str
    events: list[CaseEvent] = field(default_factory=list)
    paused: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Defect:
    """A defect found on an order."""

    number: str
    order: Order
    category: str
    caused_by: str
    found: int


@dataclass(frozen=True, slots=True)
class Size:
    """How large a group is asked for."""

    branches: int = 60
    countries: int = 8
    months: int = 36
    orders: int = 200_000
    seed: int = 7


@dataclass(slots=True)
class World:
    """All that is and that happened."""

    size: Size
    start: date
    end: date
    countries: tuple[Country, ...]
    branches: list[Branch] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    defects: list[Defect] = field(default_factory=list)
    reps: dict[str, list[User]] = field(default_factory=dict)

    @property
    def exported_on(self) -> date:
        """Answers the day on which the systems were exported: some days after the last month. What came later they do not know."""
        return self.end + timedelta(days=5)
