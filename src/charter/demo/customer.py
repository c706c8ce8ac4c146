"""The customers of the simulated group: installers, refrigeration firms, facility managers; their names, places and habits."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence

from charter.demo.world import Account, Branch, World

_NAMES = {
    "de": "Müller Schmidt Weber Fischer Becker Hoffmann Schäfer Koch Bauer Richter Klein Wolf Schröder Neumann Krüger Brandt Vogel Keller Lehmann Böhm",
    "sv": "Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson Lindberg Lindström Bergström Sjöberg Holmgren Ekström",
    "en": "Smith Taylor Brown Wilson Evans Thomas Roberts Walker Wright Thompson Hughes Edwards Green Harris Cooper Bennett Foster Russell Griffin Hayes",
    "nl": "Jansen Bakker Visser Smit Meijer Mulder Bos Vos Peters Hendriks Dekker Brouwer Kok Willems Kuipers Postma",
    "fr": "Martin Bernard Dubois Durand Moreau Laurent Simon Michel Lefebvre Leroy Roux Fournier Girard Bonnet Mercier Chevalier Gauthier Perrin",
    "pl": "Nowak Kowalski Wisniewski Wojcik Kaminski Lewandowski Zielinski Szymanski Dabrowski Kozlowski Mazur Krawczyk Piotrowski Grabowski",
    "es": "Garcia Fernandez Lopez Martinez Sanchez Perez Gomez Ruiz Diaz Moreno Alvarez Romero Navarro Torres Ramos Serrano Molina Ortega",
    "da": "Jensen Nielsen Hansen Pedersen Christensen Rasmussen Sørensen Madsen Kristensen Poulsen Johansen Mortensen",
    "it": "Rossi Ferrari Russo Bianchi Romano Colombo Ricci Marino Greco Conti Costa Mancini Lombardi Moretti Barbieri Fontana",
    "no": "Berg Haugen Hagen Dahl Lund Solberg Moen Strand Bakke Nygård Lie Halvorsen Jakobsen Iversen",
    "fi": "Korhonen Virtanen Mäkinen Nieminen Mäkelä Hämäläinen Laine Heikkinen Koskinen Järvinen Lehtonen Saarinen",
    "cs": "Novak Svoboda Novotny Dvorak Cerny Prochazka Kucera Vesely Horak Nemec Marek Pospisil",
    "pt": "Silva Santos Ferreira Pereira Oliveira Rodrigues Martins Sousa Gonçalves Almeida Carvalho Teixeira Moreira Cardoso",
    "hu": "Nagy Kovacs Toth Szabo Horvath Varga Kiss Molnar Nemeth Farkas Balogh Papp",
    "el": "Papadopoulos Georgiou Nikolaou Ioannou Christou Pappas Makris Vlachos Kostas Petrou",
    "ro": "Popescu Ionescu Radu Stan Dumitru Stoica Gheorghe Matei Ciobanu Rusu",
    "tr": "Yilmaz Kaya Demir Celik Sahin Yildiz Ozturk Aydin Arslan Dogan Kilic Cetin",
    "ja": "Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida Yamada",
    "sl": "Horvat Kovac Babic Maric Juric Zupan Krajnc Potocnik Petrov Ivanov Dimitrov Georgiev",
    "lt": "Kazlauskas Petrauskas Jankauskas Stankevicius Berzins Kalnins Ozols Liepa",
}  # fmt: skip
_TRADES = {
    "de": "Kältetechnik,Klimatechnik,Kälte-Klima,Haustechnik,Lüftungsbau,Gebäudetechnik,Kühlanlagen",
    "sv": "Kylteknik,Klimat,Kylservice,Ventilation,VVS,Energiteknik",
    "en": "Refrigeration,Air Conditioning,Cooling Services,Mechanical,HVAC,Building Services,Climate Control",
    "nl": "Koeltechniek,Klimaattechniek,Installatie,Luchttechniek,Koeling",
    "fr": "Froid,Climatisation,Génie Climatique,Frigoriste,Thermique,Froid Industriel",
    "pl": "Chlodnictwo,Klimatyzacja,Wentylacja,Instalacje",
    "es": "Frio Industrial,Climatizacion,Refrigeracion,Instalaciones,Aire Acondicionado",
    "da": "Køleteknik,Ventilation,Køl og Frys,VVS",
    "it": "Refrigerazione,Climatizzazione,Impianti,Termotecnica,Frigo Service",
    "no": "Kjøleteknikk,Ventilasjon,Kulde,Varmepumper",
    "fi": "Kylmähuolto,Ilmastointi,Kylmätekniikka,LVI",
    "cs": "Chlazeni,Klimatizace,Vzduchotechnika",
    "pt": "Refrigeração,Climatização,Frio Industrial,Ar Condicionado",
    "hu": "Huto,Klima,Epuletgepeszet",
    "el": "Psyktika,Klimatismos,Psyxi",
    "ro": "Frigo,Clima,Instal",
    "tr": "Sogutma,Klima,Iklimlendirme",
    "ja": "Reinetsu,Kucho,Setsubi",
    "sl": "Hladilna Tehnika,Klima,Rashlada",
    "lt": "Saldymas,Klima,Vesa",
}  # fmt: skip
_STREETS = {
    "de": "Industriestraße,Hauptstraße,Gewerbering,Bahnhofstraße,Am Hafen,Daimlerstraße,Siemensstraße,Lindenweg",
    "sv": "Verkstadsgatan,Industrivägen,Hamngatan,Storgatan,Kvarnvägen",
    "en": "Station Road,Mill Lane,Park Street,Industrial Way,Queens Road,Bridge Street,Harbour Road",
    "nl": "Industrieweg,Havenstraat,Nijverheidsweg,Stationsplein,Molenlaan",
    "fr": "Rue de l'Industrie,Avenue de la Gare,Rue du Port,Boulevard Pasteur,Chemin des Prés",
    "pl": "Przemyslowa,Portowa,Fabryczna,Kolejowa",
    "es": "Calle Mayor,Avenida del Puerto,Calle Industria,Carretera Nacional",
    "it": "Via Roma,Via dell'Industria,Via Garibaldi,Viale Stazione",
}  # fmt: skip
# How large shares of accounts order by which way before any of them orders digitally.
_MANUAL = (("phone", 40), ("mail", 26), ("counter", 20), ("field", 8), ("robot", 6))
_GROUPS = (("A", 6), ("B", 24), ("C", 70))


def make_accounts(world: World, rng: random.Random, shares: Sequence[tuple[Branch, float]]) -> None:
    """Gives each branch its customers, with what they order and how."""
    wanted = max(6 * len(shares), min(world.size.orders // 42, 400_000))
    whole = sum(share for _, share in shares)
    number = 100_000
    for branch, share in shares:
        names = _names(rng, branch)
        for _ in range(max(4, round(wanted * share / whole))):
            number += 1
            world.accounts.append(_account(rng, branch, number, next(names), len(world.items)))
    _chains(world, rng)


def _account(rng: random.Random, branch: Branch, number: int, name: str, items: int) -> Account:
    size = rng.lognormvariate(0, 0.9)
    word = name.split()[0].lower().replace("/", "")
    manual = rng.choices([way for way, _ in _MANUAL], [share for _, share in _MANUAL])[0]
    return Account(
        number=f"{_PREFIX[branch.country.system]}{number}",
        branch=branch,
        name=name,
        street=f"{rng.choice(street_names(branch))} {rng.randrange(1, 180)}",
        postal_code=f"{rng.randrange(10000, 99999)}",
        city=branch.title.rsplit(" ", 1)[0] if rng.random() < 0.7 else rng.choice(branch.country.cities),
        tax_id=f"{branch.country.code.upper()}{rng.randrange(10**8, 10**9)}",
        phone=f"+{rng.randrange(30, 99)} {rng.randrange(100, 999)} {rng.randrange(10**5, 10**7)}",
        email=f"info@{''.join(c for c in word if c.isascii() and c.isalnum()) or 'firma'}{rng.randrange(10, 9999)}.example",
        group=rng.choices([group for group, _ in _GROUPS], [share for _, share in _GROUPS])[0],
        size=size,
        cadence=size * rng.uniform(0.7, 1.3),
        manual=manual,
        adopts=rng.random(),
        edi=size > 2.2 and rng.random() < 0.25,
        baskets=tuple(_basket(rng, items) for _ in range(rng.randrange(2, 6))),
    )


_PREFIX = {"kontor": "K", "nordwind": "N", "central": "C", "as400": "F", "overseas": "O"}


def _basket(rng: random.Random, items: int) -> tuple[tuple[int, int], ...]:
    return tuple(
        (min(items - 1, int(items * rng.random() ** 2)), rng.choice((1, 1, 2, 2, 3, 5, 10, 20))) for _ in range(lines(rng))
    )


def lines(rng: random.Random) -> int:
    """Answers how many lines a basket has."""
    return rng.choice((1, 1, 1, 2, 2, 3, 3, 4, 6))


def _names(rng: random.Random, branch: Branch) -> Iterator[str]:
    """Yields names of firms of a branch, none twice: who shares a name and a trade has another first name."""
    country = branch.country
    people = _NAMES[country.language].split()
    trades = _TRADES[country.language].split(",")
    pairs = [(person, trade) for person in people for trade in trades]
    rng.shuffle(pairs)
    for initial in _initials():
        for person, trade in pairs:
            form = rng.random()
            told = f"{initial}{person} {trade}" if form < 0.6 else f"{trade} {initial}{person}"
            yield f"{told} {country.company}" if rng.random() < 0.9 else told


def _initials() -> Iterator[str]:
    """Yields no initial, then each one, then each two, and so on: a branch may have any number of customers."""
    for count in itertools.count():
        for letters in itertools.product("ABCDEFGHJKLMNPRSTVW", repeat=count):
            yield "".join(f"{letter}. " for letter in letters)


def street_names(branch: Branch) -> list[str]:
    """Answers names of streets of a branch's country."""
    return _STREETS.get(branch.country.language, _STREETS["en"]).split(",")


def _chains(world: World, rng: random.Random) -> None:
    """A few customers have sites of their own at other addresses: different accounts below one parent, not duplicates."""
    by_country: dict[str, list[Account]] = {}
    for account in world.accounts:
        by_country.setdefault(account.branch.country.code, []).append(account)
    for account in rng.sample(world.accounts, max(2, len(world.accounts) // 60)):
        near = by_country[account.branch.country.code]
        for site in rng.sample(near, min(len(near), rng.randrange(1, 4))):
            if site is not account and site.parent is None and account.parent is None:
                site.name = f"{account.name} {site.city}"
                site.parent = account.number
                site.email = account.email
