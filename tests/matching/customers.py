"""A group's customers, generated: firms of 45 countries, the same one entered twice, and look-alikes that are different.

It knows nothing of how Charter matches: its legal forms, streets and ways to mistype are its own.
"""

from __future__ import annotations

import random
import string
from dataclasses import dataclass, field, replace
from itertools import pairwise

# country: dial code, tax prefix and digits, postal digits, tongue
_COUNTRIES = {
    "DE": ("49", "DE", 9, 5, "de"), "AT": ("43", "ATU", 8, 4, "de"), "CH": ("41", "CHE", 9, 4, "de"), "LI": ("423", "LI", 5, 4, "de"),
    "SE": ("46", "SE", 12, 5, "sv"), "NO": ("47", "NO", 9, 4, "no"), "DK": ("45", "DK", 8, 4, "da"), "FI": ("358", "FI", 8, 5, "fi"),
    "IS": ("354", "IS", 6, 3, "no"), "EE": ("372", "EE", 9, 5, "fi"), "LV": ("371", "LV", 11, 4, "pl"), "LT": ("370", "LT", 9, 5, "pl"),
    "PL": ("48", "PL", 10, 5, "pl"), "CZ": ("420", "CZ", 8, 5, "cs"), "SK": ("421", "SK", 10, 5, "cs"), "HU": ("36", "HU", 8, 4, "hu"),
    "RO": ("40", "RO", 8, 6, "ro"), "BG": ("359", "BG", 9, 4, "bg"), "GR": ("30", "EL", 9, 5, "el"), "CY": ("357", "CY", 8, 4, "el"),
    "HR": ("385", "HR", 11, 5, "cs"), "SI": ("386", "SI", 8, 4, "cs"), "RS": ("381", "RS", 9, 5, "cs"), "BA": ("387", "BA", 12, 5, "cs"),
    "ME": ("382", "ME", 8, 5, "cs"), "MK": ("389", "MK", 13, 4, "bg"), "AL": ("355", "AL", 9, 4, "ro"), "TR": ("90", "TR", 10, 5, "tr"),
    "IT": ("39", "IT", 11, 5, "it"), "SM": ("378", "SM", 5, 5, "it"), "MT": ("356", "MT", 8, 4, "en"), "ES": ("34", "ESB", 8, 5, "es"),
    "PT": ("351", "PT", 9, 7, "pt"), "AD": ("376", "AD", 6, 3, "es"), "FR": ("33", "FR", 11, 5, "fr"), "MC": ("377", "FR", 11, 5, "fr"),
    "BE": ("32", "BE0", 9, 4, "fr"), "LU": ("352", "LU", 8, 4, "fr"), "NL": ("31", "NL", 9, 4, "nl"), "GB": ("44", "GB", 9, 0, "en"),
    "IE": ("353", "IE", 8, 0, "en"), "US": ("1", "", 9, 5, "en"), "CA": ("1", "", 9, 0, "en"), "AU": ("61", "", 11, 4, "en"),
    "NZ": ("64", "", 9, 4, "en"),
}  # fmt: skip
# tongue: syllables of names, ways of writing each legal form, trades, streets
_TONGUES = {
    "de": (
        "mül ler schnei der grö ber wei ß bau er kö nig hof mann rich ter stein brü ck feld jä ger lan ge her zog",
        [("GmbH", "G.m.b.H.", "Ges. mbH", "gmbh"), ("AG", "Aktiengesellschaft"), ("GmbH & Co. KG", "GmbH&Co.KG", "GmbH u. Co KG"), ("KG", "K.G."), ("e.K.", "eK")],
        "Elektro Bau Haustechnik Sanitär Maschinenbau Werkzeuge Kälte Dach Metall Anlagen", ["{}straße", "{}weg", "{}platz", "Am {}", "{}gasse"],
    ),
    "sv": (
        "svens son berg ström ås lind qvist ny gren hä gg sjö holm an ders ek dal åker",
        [("AB", "Aktiebolag", "A.B."), ("HB", "Handelsbolag")],
        "Bygg El Rör Maskin Verkstad Plåt Kyla Tak Industri", ["{}gatan", "{}vägen", "{}gränd"],
    ),
    "no": ("han sen lar dal ø strand berg fjord ha ug en moe ås vik", [("AS", "A/S", "Aksjeselskap"), ("ANS", "A.N.S.")], "Bygg Elektro Rør Maskin Verksted", ["{}veien", "{}gata", "{}vegen"]),
    "da": ("jen sen ras mus kjær gaard ø ster mad vest er holm bæk", [("ApS", "A.p.S.", "Anpartsselskab"), ("A/S", "AS", "Aktieselskab")], "Byg El VVS Maskin Tømrer", ["{}vej", "{}gade", "{} Allé"]),
    "fi": ("vir ta nen mä ki jär vi la hti kos ki sa lo nie mi rau", [("Oy", "Osakeyhtiö", "OY"), ("Oyj", "oyj")], "Sähkö Rakennus Putki Kone Metalli", ["{}katu", "{}tie", "{}kuja"]),
    "pl": ("ko wal ski no wak wiś niew zie liń czyk wój ci ka miń maj", [("Sp. z o.o.", "Spółka z o.o.", "SP Z OO", "Sp.z o.o."), ("S.A.", "SA", "Spółka Akcyjna")], "Budowa Elektro Instalacje Metal Technika", ["ul. {}", "{} ulica", "al. {}"]),
    "cs": ("no vák dvo řák čer ný pro cház ka kuč era ho rá k svo bo da", [("s.r.o.", "s. r. o.", "spol. s r.o."), ("a.s.", "a. s.", "akciová společnost")], "Stavby Elektro Instal Kovo Servis", ["{}ova", "{}ská", "{} náměstí"]),
    "hu": ("nagy ko vács tó th sza bó hor váth ki ss var ga mol nár", [("Kft.", "KFT", "Korlátolt Felelősségű Társaság"), ("Zrt.", "ZRT")], "Építő Villany Gép Fém Szerviz", ["{} utca", "{} út", "{} tér"]),
    "ro": ("po pes cu io nes du mi tru sta n mun te ra du", [("S.R.L.", "SRL", "S R L"), ("S.A.", "SA")], "Construct Electro Instal Metal Service", ["Strada {}", "Str. {}", "Bulevardul {}"]),
    "bg": ("Ива нов Ге ор ги ев Пет ков Сто ян Ди ми тров Ни ко ла", [("ООД", "оод", "OOD"), ("ЕООД", "EOOD")], "Строй Електро Метал Сервиз", ["ул. {}", "бул. {}"]),
    "el": ("Πα πα δό που λος Ιω άν νου Γε ωρ γί ου Νι κο λά", [("Α.Ε.", "ΑΕ"), ("Ε.Π.Ε.", "ΕΠΕ")], "Ηλεκτρικά Δομική Μεταλλική Τεχνική", ["Οδός {}", "{}"]),
    "tr": ("yıl maz ka ya de mir çe lik şa hin öz türk ay dın", [("A.Ş.", "AŞ", "Anonim Şirketi"), ("Ltd. Şti.", "Limited Şirketi", "LTD ŞTİ")], "İnşaat Elektrik Makina Metal", ["{} Caddesi", "{} Sokak", "{} Cad."]),
    "it": ("ros si bian chi fer ra ri es po si to ma ri no gal lo con ti", [("S.r.l.", "Srl", "S.R.L."), ("S.p.A.", "SpA", "SPA"), ("S.n.c.", "snc")], "Costruzioni Elettrica Impianti Meccanica", ["Via {}", "Viale {}", "Piazza {}"]),
    "es": ("gar cía fer nán dez lo pez mar tín ruiz her nán mu ñoz a lon so", [("S.L.", "SL", "Sociedad Limitada"), ("S.A.", "SA", "Sociedad Anónima")], "Construcciones Eléctrica Suministros Talleres", ["Calle {}", "C/ {}", "Avenida {}"]),
    "pt": ("sil va san tos fer rei ra pe rei oli vei cos ta gon çal ves", [("Lda.", "Lda", "Limitada"), ("S.A.", "SA")], "Construções Eléctrica Metal Serviços", ["Rua {}", "R. {}", "Avenida {}"]),
    "fr": ("du pont le fè vre mo reau gi rard ber trand roux lam bert é ti enne", [("SARL", "S.A.R.L.", "Sarl"), ("SAS", "S.A.S."), ("SA", "S.A.", "Société Anonyme")], "Bâtiment Électricité Plomberie Outillage", ["Rue {}", "Avenue {}", "Bd {}", "Chemin {}"]),
    "nl": ("de jong van dijk bak ker vis ser smit mei jer mul der bos", [("B.V.", "BV", "Besloten Vennootschap"), ("N.V.", "NV")], "Bouw Elektro Techniek Installatie", ["{}straat", "{}laan", "{}weg", "{}plein"]),
    "en": ("john son har ri wil li ams bak er tay lor ed wards mor gan hugh es wal ker", [("Ltd", "Limited", "LTD.", "Ltd."), ("PLC", "plc", "P.L.C."), ("Inc.", "Incorporated", "INC")], "Building Electrical Plumbing Engineering Supplies Tools", ["{} Street", "{} St", "{} Road", "{} Rd.", "{} Avenue"]),
}  # fmt: skip
_SPELLED = {
    "ä": "ae",
    "ö": "oe",
    "ü": "ue",
    "ß": "ss",
    "å": "aa",
    "ø": "oe",
    "æ": "ae",
    "Ä": "Ae",
    "Ö": "Oe",
    "Ü": "Ue",
    "Å": "Aa",
    "Ø": "Oe",
}


@dataclass(frozen=True)
class Customer:
    """One account as an ERP holds it; `firm` is who it really is, which no ERP knows."""

    key: str
    system: str
    name: str
    street: str | None
    postal_code: str | None
    city: str | None
    country: str | None
    tax_id: str | None
    phone: str | None
    email: str | None
    parent: str | None = None
    firm: int = 0
    form: tuple[str, ...] = ()
    scope: str | None = None


@dataclass
class World:
    """The customers, and which pairs of their keys are one firm."""

    customers: list[Customer] = field(default_factory=list)

    def pairs(self) -> set[tuple[str, str]]:
        """Answers the pairs that were planted, the smaller key first."""
        firms: dict[int, list[str]] = {}
        for one in self.customers:
            firms.setdefault(one.firm, []).append(one.key)
        return {(a, b) for keys in firms.values() for i, a in enumerate(sorted(keys)) for b in sorted(keys)[i + 1 :]}


def generate(seed: int, accounts: int, share: float) -> World:
    """Answers about so many accounts, of which the share is a second entry of another one."""
    return _Maker(random.Random(seed), max(1, accounts // 200_000)).world(accounts, share)


class _Maker:
    def __init__(self, rng: random.Random, size: int) -> None:
        # A group of a million sells in more towns, not in larger ones.
        self.rng = rng
        self.number = 0
        self.firm = 0
        self.towns = {country: [self._word(country, 2, 3) for _ in range(size * rng.randint(12, 60))] for country in _COUNTRIES}
        self.postal = {
            (country, town): [self._digits(country) for _ in range(rng.randint(1, 8))]
            for country, towns in self.towns.items()
            for town in towns
        }
        self.streets = {country: [self._street(country) for _ in range(size * 150)] for country in _COUNTRIES}
        # Surnames are not equally frequent: few are borne by many.
        self.surnames = {country: [self._word(country, 2, 3) for _ in range(400)] for country in _COUNTRIES}
        self.weights = [1 / (rank + 3) for rank in range(400)]

    def world(self, accounts: int, share: float) -> World:
        rng, made = self.rng, World()
        copies = round(accounts * share)
        while len(made.customers) < accounts - copies:
            what = rng.random()
            first = self._customer(self._name)
            made.customers.append(first)
            if what < 0.01:
                made.customers += self._chain(first)
            elif what < 0.03:
                made.customers.append(self._namesake(first))
            elif what < 0.05:
                made.customers.append(self._next_tenant(first))
            elif what < 0.06:
                made.customers.append(self._relative(first))
        for one in rng.sample(made.customers, copies):
            made.customers.append(self._again(one))
        rng.shuffle(made.customers)
        return made

    def _word(self, country: str, least: int, most: int) -> str:
        syllables = _TONGUES[_COUNTRIES[country][4]][0].split()
        return "".join(self.rng.choice(syllables) for _ in range(self.rng.randint(least, most))).lower().capitalize()

    def _digits(self, country: str) -> str:
        count = _COUNTRIES[country][3]
        if count:
            code = "".join(self.rng.choice(string.digits) for _ in range(count))
            return {"SE": f"{code[:3]} {code[3:]}", "PL": f"{code[:2]}-{code[2:]}", "NL": f"{code} {self._letters(2)}"}.get(
                country, code
            )
        return f"{self._letters(2)}{self.rng.randint(1, 30)} {self.rng.randint(1, 9)}{self._letters(2)}"

    def _letters(self, count: int) -> str:
        return "".join(self.rng.choice("ABCDEFGHJKLMNPRSTUVWXY") for _ in range(count))

    def _street(self, country: str) -> str:
        return self.rng.choice(_TONGUES[_COUNTRIES[country][4]][3]).format(self._word(country, 1, 3))

    def _name(self, country: str) -> str:
        rng = self.rng
        surname = rng.choices(self.surnames[country], self.weights)[0]
        trade = rng.choice(_TONGUES[_COUNTRIES[country][4]][2].split())
        return rng.choice([
            f"{surname} {trade}", f"{trade} {surname}", surname, f"{surname} & {rng.choice(self.surnames[country])}",
            f"{self._word(country, 3, 4)} {trade}", f"{surname} {trade} {self._word(country, 2, 2)}",
        ])  # fmt: skip

    def _customer(self, name_of) -> Customer:
        rng = self.rng
        country = rng.choices(list(_COUNTRIES), [1 / (rank % 9 + 1) for rank in range(len(_COUNTRIES))])[0]
        name, form = name_of(country), rng.choice(_TONGUES[_COUNTRIES[country][4]][1])
        town = rng.choices(self.towns[country], [1 / (rank + 2) for rank in range(len(self.towns[country]))])[0]
        tax = self._tax(country)
        return Customer(
            self._key(), rng.choice(["north", "south", "east"]), f"{name} {form[0]}", self._address(country),
            rng.choice(self.postal[country, town]), town, country, tax if rng.random() < 0.85 else None,
            self._phone(country) if rng.random() < 0.9 else None, self._email(name, country) if rng.random() < 0.75 else None,
            firm=self._firm(), form=form,
        )  # fmt: skip

    def _key(self) -> str:
        self.number += 1
        return f"{self.rng.randrange(10**6):06d}-{self.number}"

    def _firm(self) -> int:
        self.firm += 1
        return self.firm

    def _address(self, country: str) -> str:
        street, number = self.rng.choice(self.streets[country]), str(self.rng.randint(1, 180))
        if self.rng.random() < 0.06:
            number += self.rng.choice("abc")
        return f"{number} {street}" if country in ("GB", "IE", "US", "CA", "AU", "NZ", "FR") else f"{street} {number}"

    def _tax(self, country: str) -> str:
        _, prefix, count, _, _ = _COUNTRIES[country]
        return prefix + "".join(self.rng.choice(string.digits) for _ in range(count))

    def _phone(self, country: str) -> str:
        return f"+{_COUNTRIES[country][0]} {self.rng.randint(20, 99)} {self.rng.randint(10**5, 10**7)}"

    def _email(self, name: str, country: str) -> str:
        plain = _letters_only(name) or f"firm{self.firm}"
        if self.rng.random() < 0.2:
            return f"{plain[:12]}{self.rng.randint(1, 999)}@{self.rng.choice(['gmail.com', 'outlook.com', 'web.de', 'orange.fr'])}"
        return f"{self.rng.choice(['info', 'office', 'einkauf', 'order'])}@{plain[:18]}{self.rng.randint(1, 99)}.{country.lower()}"

    def _chain(self, first: Customer) -> list[Customer]:
        """Branches: one name, mostly one tax number and one domain, each at its own address; one parent, where it was entered."""
        rng, country = self.rng, first.country or "DE"
        linked = rng.random() < 0.7
        branches = []
        for _ in range(rng.choices([1, 2, 3, 5, 9, 20, 40], [6, 6, 5, 4, 3, 2, 1])[0]):
            town = rng.choice(self.towns[country])
            name = first.name if rng.random() < 0.7 else f"{first.name} {town}"
            local = (first.email or "x@y").split("@")[1]
            branches.append(
                replace(
                    first, key=self._key(), system=first.system, name=name, street=self._address(country), city=town,
                    postal_code=rng.choice(self.postal[country, town]), phone=self._phone(country), firm=self._firm(),
                    tax_id=first.tax_id if rng.random() < 0.7 else self._tax(country), parent=first.key if linked else None,
                    email=f"{_letters_only(town) or 'office'}@{local}" if first.email and "." in local else None,
                )
            )  # fmt: skip
        return branches

    def _namesake(self, first: Customer) -> Customer:
        """Another firm of the same family name in the same town."""
        other = self._customer(lambda _: first.name.rsplit(" ", len(first.form[0].split()))[0])
        country = first.country or "DE"
        return replace(
            other, name=first.name, country=country, city=first.city, form=first.form, street=self._address(country),
            postal_code=self.rng.choice(self.postal[country, first.city or ""]), tax_id=self._tax(country) if other.tax_id else None,
            phone=self._phone(country) if other.phone else None,
        )  # fmt: skip

    def _next_tenant(self, first: Customer) -> Customer:
        """A firm that moved into where another one was, or has its office in the same house."""
        other = self._customer(lambda _: self._name(first.country or "DE"))
        country = first.country or "DE"
        form = self.rng.choice(_TONGUES[_COUNTRIES[country][4]][1])
        return replace(
            other, name=f"{self._name(country)} {form[0]}", form=form, country=country, street=first.street, city=first.city,
            postal_code=first.postal_code, tax_id=self._tax(country), phone=self._phone(country),
        )  # fmt: skip

    def _relative(self, first: Customer) -> Customer:
        """The brother's firm: the same surname and town, another trade."""
        country = first.country or "DE"
        trades = _TONGUES[_COUNTRIES[country][4]][2].split()
        other = self._namesake(first)
        return replace(other, name=f"{first.name.split()[0]} {self.rng.choice(trades)} {first.form[0]}")

    def _again(self, one: Customer) -> Customer:
        """The same customer, entered a second time by another hand."""
        rng = self.rng
        country = one.country or "DE"
        copy = replace(one, key=self._key(), system=one.system if rng.random() < 0.4 else rng.choice(["north", "south", "east"]))
        # Another hand writes phone and tax number in its own way, and not every field.
        copy = replace(copy, phone=_phone_otherwise(copy.phone, rng), tax_id=_tax_otherwise(copy.tax_id, rng))
        slips = [
            lambda c: replace(c, name=_mistyped(c.name, rng)), lambda c: replace(c, name=_other_form(c, rng)),
            lambda c: replace(c, street=_turned_number(c.street)), lambda c: replace(c, tax_id=None),
            lambda c: replace(c, phone=self._phone(country)), lambda c: replace(c, name=_spelled(c.name), street=_spelled(c.street or "") or None, city=_spelled(c.city or "") or None),
            lambda c: replace(c, name=c.name.upper(), street=(c.street or "").upper() or None, city=(c.city or "").upper() or None),
            lambda c: replace(c, email=None), lambda c: replace(c, phone=None), lambda c: replace(c, city=_mistyped(c.city or "", rng) or None),
            lambda c: replace(c, street=_mistyped(c.street or "", rng) or None), lambda c: replace(c, parent=None),
            lambda c: replace(c, postal_code=_mistyped_digits(c.postal_code, rng)), lambda c: replace(c, tax_id=_mistyped_digits(c.tax_id, rng)),
        ]  # fmt: skip
        for slip in rng.sample(slips, rng.choices([1, 2, 3, 4], [3, 4, 3, 1])[0]):
            copy = slip(copy)
        return copy


def _letters_only(text: str) -> str:
    return "".join(c for c in _spelled(text).lower() if c in string.ascii_lowercase)


def _spelled(text: str) -> str:
    return "".join(_SPELLED.get(c, c) for c in text)


def _mistyped(text: str, rng: random.Random) -> str:
    if len(text) < 4:
        return text
    at, what = rng.randrange(1, len(text) - 1), rng.random()
    if what < 0.3:
        return text[:at] + text[at + 1 :]
    if what < 0.6:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    letter = rng.choice(string.ascii_lowercase)
    return text[:at] + letter + text[at + (what < 0.85) :]


def _mistyped_digits(text: str | None, rng: random.Random) -> str | None:
    if not text:
        return text
    places = [at for at, (a, b) in enumerate(pairwise(text)) if a.isdigit() and b.isdigit() and a != b]
    if not places:
        return text
    at = rng.choice(places)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _turned_number(street: str | None) -> str | None:
    return _mistyped_digits(street, random.Random(street)) if street else None


def _other_form(one: Customer, rng: random.Random) -> str:
    told = one.form[0] if one.form else ""
    if not told or told not in one.name:
        return one.name
    return one.name.replace(told, rng.choice([*one.form[1:], ""])).strip()


def _phone_otherwise(phone: str | None, rng: random.Random) -> str | None:
    if not phone:
        return phone
    dial, area, rest = phone.split(" ")
    return rng.choice(
        [
            phone,
            f"0{area}/{rest}",
            f"00{dial[1:]} {area} {rest}",
            f"({dial}) {area}-{rest[:3]} {rest[3:]}",
            f"{dial} (0){area} {rest}",
        ]
    )


def _tax_otherwise(tax: str | None, rng: random.Random) -> str | None:
    if not tax:
        return tax
    digits = tax.lstrip(string.ascii_uppercase)
    return rng.choice([tax, digits, f"{tax[:-6]} {tax[-6:-3]} {tax[-3:]}", tax.lower(), f"{tax[:-3]}.{tax[-3:]}"])
