"""The countries of the simulated group: where they lie, what they pay with, when they work, which systems they run."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Country:
    """One market: hours are minutes of the day; `rate` is the plan rate, euro per unit of its currency, in 1/1,000,000."""

    code: str
    title: str
    region: str
    zone: str
    currency: str
    rate: int
    system: str
    shop: str
    weight: int
    wave: int
    hours: tuple[tuple[int, int], ...]
    cities: tuple[str, ...]
    company: str
    language: str

    @property
    def tz(self) -> ZoneInfo:
        """Answers the time zone."""
        return ZoneInfo(self.zone)

    @property
    def step(self) -> int:
        """Answers the smallest amount that prices are rounded to, in hundredths: whole units where a currency has no cents."""
        return 100 if self.currency in ("JPY", "CLP", "HUF", "ISK") else 1


_SPLIT = ((480, 720), (780, 1020))
_EARLY = ((450, 990),)
_LATE = ((510, 1050),)
_SIESTA = ((540, 840), (960, 1140))
_NINE = ((540, 1080),)

# code, title, region, zone, currency, plan rate, ERP, shop, weight, wave, hours, cities, legal form, language.
# In order of size: a group of n countries is the first n.
_ROWS = (
    ("de", "Germany", "central", "Europe/Berlin", "EUR", 1000000, "kontor", "classic", 30, 1, _SPLIT,
     "Berlin,Hamburg,Köln,München,Leipzig,Stuttgart,Nürnberg,Bremen", "GmbH", "de"),
    ("se", "Sweden", "north", "Europe/Stockholm", "SEK", 88000, "nordwind", "classic", 16, 0, _EARLY,
     "Stockholm,Göteborg,Malmö,Uppsala,Örebro", "AB", "sv"),
    ("gb", "United Kingdom", "north", "Europe/London", "GBP", 1170000, "nordwind", "classic", 22, 2, _LATE,
     "London,Leeds,Bristol,Glasgow,Birmingham,Cardiff", "Ltd", "en"),
    ("nl", "Netherlands", "west", "Europe/Amsterdam", "EUR", 1000000, "central", "next", 14, 1, _SPLIT,
     "Amsterdam,Rotterdam,Utrecht,Eindhoven", "B.V.", "nl"),
    ("fr", "France", "south", "Europe/Paris", "EUR", 1000000, "as400", "next", 24, 2, _SPLIT,
     "Paris,Lyon,Marseille,Lille,Nantes,Toulouse", "SARL", "fr"),
    ("us", "United States", "overseas", "America/New_York", "USD", 920000, "overseas", "next", 20, 3, _NINE,
     "Atlanta,Newark,Charlotte,Boston,Orlando", "Inc", "en"),
    ("pl", "Poland", "central", "Europe/Warsaw", "PLN", 230000, "kontor", "classic", 12, 2, _SPLIT,
     "Warszawa,Poznan,Wroclaw,Gdansk", "Sp. z o.o.", "pl"),
    ("es", "Spain", "south", "Europe/Madrid", "EUR", 1000000, "as400", "next", 14, 3, _SIESTA,
     "Madrid,Valencia,Sevilla,Bilbao", "S.L.", "es"),
    ("dk", "Denmark", "north", "Europe/Copenhagen", "DKK", 134000, "nordwind", "classic", 8, 1, _EARLY,
     "Aarhus,Odense,Aalborg", "ApS", "da"),
    ("at", "Austria", "central", "Europe/Vienna", "EUR", 1000000, "kontor", "classic", 8, 2, _SPLIT,
     "Wien,Graz,Linz,Salzburg", "GmbH", "de"),
    ("it", "Italy", "south", "Europe/Rome", "EUR", 1000000, "as400", "next", 18, 4, _SPLIT,
     "Milano,Torino,Bologna,Napoli,Verona", "S.r.l.", "it"),
    ("au", "Australia", "overseas", "Australia/Sydney", "AUD", 600000, "overseas", "next", 12, 3, _EARLY,
     "Sydney,Newcastle,Wollongong", "Pty Ltd", "en"),
    ("no", "Norway", "north", "Europe/Oslo", "NOK", 86000, "nordwind", "classic", 8, 1, _EARLY, "Oslo,Bergen,Trondheim", "AS", "no"),
    ("be", "Belgium", "west", "Europe/Brussels", "EUR", 1000000, "central", "next", 9, 2, _SPLIT, "Antwerpen,Gent,Liège", "BV", "nl"),
    ("fi", "Finland", "north", "Europe/Helsinki", "EUR", 1000000, "nordwind", "classic", 7, 2, _EARLY, "Helsinki,Tampere,Turku", "Oy", "fi"),
    ("ch", "Switzerland", "central", "Europe/Zurich", "CHF", 1030000, "kontor", "classic", 8, 3, _SPLIT, "Zürich,Bern,Basel", "AG", "de"),
    ("cz", "Czechia", "central", "Europe/Prague", "CZK", 40000, "kontor", "classic", 7, 3, _SPLIT, "Praha,Brno,Ostrava", "s.r.o.", "cs"),
    ("ie", "Ireland", "north", "Europe/Dublin", "EUR", 1000000, "nordwind", "classic", 6, 2, _LATE, "Dublin,Cork,Galway", "Ltd", "en"),
    ("pt", "Portugal", "south", "Europe/Lisbon", "EUR", 1000000, "as400", "next", 6, 4, _SPLIT, "Lisboa,Porto,Braga", "Lda", "pt"),
    ("ca", "Canada", "overseas", "America/Toronto", "CAD", 680000, "overseas", "next", 9, 3, _NINE, "Toronto,Ottawa,Hamilton", "Inc", "en"),
    ("hu", "Hungary", "central", "Europe/Budapest", "HUF", 2550, "kontor", "classic", 5, 4, _SPLIT, "Budapest,Debrecen,Szeged", "Kft.", "hu"),
    ("gr", "Greece", "south", "Europe/Athens", "EUR", 1000000, "as400", "next", 5, 4, _SPLIT, "Athina,Patra,Volos", "E.P.E.", "el"),
    ("mx", "Mexico", "overseas", "America/Mexico_City", "MXN", 51000, "overseas", "next", 7, 4, _NINE, "Puebla,Toluca,Cuernavaca", "S.A.", "es"),
    ("ro", "Romania", "central", "Europe/Bucharest", "RON", 201000, "kontor", "classic", 5, 4, _SPLIT, "Cluj,Iasi,Brasov", "SRL", "ro"),
    ("tr", "Turkey", "south", "Europe/Istanbul", "TRY", 31000, "as400", "next", 6, 4, _SPLIT, "Istanbul,Izmir,Bursa", "Ltd Sti", "tr"),
    ("sk", "Slovakia", "central", "Europe/Bratislava", "EUR", 1000000, "kontor", "classic", 4, 3, _SPLIT, "Bratislava,Kosice", "s.r.o.", "cs"),
    ("jp", "Japan", "overseas", "Asia/Tokyo", "JPY", 6200, "overseas", "next", 8, 4, _NINE, "Tokyo,Yokohama,Chiba", "KK", "ja"),
    ("br", "Brazil", "overseas", "America/Sao_Paulo", "BRL", 170000, "overseas", "next", 8, 4, _NINE, "Campinas,Santos,Sorocaba", "Ltda", "pt"),
    ("si", "Slovenia", "central", "Europe/Ljubljana", "EUR", 1000000, "kontor", "classic", 3, 3, _SPLIT, "Ljubljana,Maribor", "d.o.o.", "sl"),
    ("hr", "Croatia", "south", "Europe/Zagreb", "EUR", 1000000, "as400", "next", 3, 4, _SPLIT, "Zagreb,Split", "d.o.o.", "sl"),
    ("lt", "Lithuania", "north", "Europe/Vilnius", "EUR", 1000000, "nordwind", "classic", 3, 3, _EARLY, "Vilnius,Kaunas", "UAB", "lt"),
    ("lv", "Latvia", "north", "Europe/Riga", "EUR", 1000000, "nordwind", "classic", 3, 3, _EARLY, "Riga,Liepaja", "SIA", "lt"),
    ("ee", "Estonia", "north", "Europe/Tallinn", "EUR", 1000000, "nordwind", "classic", 3, 2, _EARLY, "Tallinn,Tartu", "OÜ", "fi"),
    ("lu", "Luxembourg", "west", "Europe/Luxembourg", "EUR", 1000000, "central", "next", 2, 2, _SPLIT, "Luxembourg", "SARL", "fr"),
    ("bg", "Bulgaria", "central", "Europe/Sofia", "BGN", 511000, "kontor", "classic", 3, 4, _SPLIT, "Plovdiv,Varna", "EOOD", "sl"),
    ("nz", "New Zealand", "overseas", "Pacific/Auckland", "NZD", 560000, "overseas", "next", 4, 3, _EARLY, "Auckland,Hamilton", "Ltd", "en"),
    ("za", "South Africa", "overseas", "Africa/Johannesburg", "ZAR", 49000, "overseas", "next", 5, 4, _EARLY, "Durban,Pretoria", "Pty Ltd", "en"),
    ("sg", "Singapore", "overseas", "Asia/Singapore", "SGD", 690000, "overseas", "next", 4, 3, _NINE, "Singapore", "Pte Ltd", "en"),
    ("is", "Iceland", "north", "Atlantic/Reykjavik", "ISK", 6700, "nordwind", "classic", 1, 2, _EARLY, "Reykjavik", "ehf", "no"),
    ("mt", "Malta", "south", "Europe/Malta", "EUR", 1000000, "as400", "next", 1, 4, _SPLIT, "Valletta", "Ltd", "en"),
    ("cy", "Cyprus", "south", "Asia/Nicosia", "EUR", 1000000, "as400", "next", 1, 4, _SPLIT, "Limassol", "Ltd", "el"),
    ("cl", "Chile", "overseas", "America/Santiago", "CLP", 970, "overseas", "next", 4, 4, _NINE, "Santiago,Rancagua", "SpA", "es"),
    ("in", "India", "overseas", "Asia/Kolkata", "INR", 11000, "overseas", "next", 6, 4, _NINE, "Pune,Nashik", "Pvt Ltd", "en"),
    ("th", "Thailand", "overseas", "Asia/Bangkok", "THB", 26000, "overseas", "next", 3, 4, _NINE, "Bangkok", "Co Ltd", "en"),
    ("ae", "United Arab Emirates", "overseas", "Asia/Dubai", "AED", 250000, "overseas", "next", 3, 3, _NINE, "Dubai,Sharjah", "LLC", "en"),
)  # fmt: skip

REGIONS = {
    "central": "Central Europe",
    "north": "Northern Europe",
    "west": "Benelux",
    "south": "Southern Europe",
    "overseas": "Overseas",
}
COUNTRIES = tuple(
    Country(
        code, title, region, zone, currency, rate, system, shop, weight, wave, hours, tuple(cities.split(",")), company, language
    )
    for code, title, region, zone, currency, rate, system, shop, weight, wave, hours, cities, company, language in _ROWS
)
