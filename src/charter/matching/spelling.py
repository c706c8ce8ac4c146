"""How firms, streets and letters are written differently for the same thing. Data only; `normal` reads it."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LETTERS = str.maketrans(
    {
        "ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h", "ŋ": "n",
        # Greek and Cyrillic, by sound; only what is the same on both sides of a comparison matters.
        "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k", "λ": "l", "μ": "m",
        "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y", "φ": "f", "χ": "ch", "ψ": "ps",
        "ω": "o", "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z", "и": "i", "й": "i", "к": "k",
        "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h", "ц": "ts",
        "ч": "ch", "ш": "sh", "щ": "sht", "ъ": "a", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya", "і": "i", "ї": "yi",
        "є": "ye", "ґ": "g", "ђ": "dj", "ј": "j", "љ": "lj", "њ": "nj", "ћ": "c", "џ": "dz", "ѓ": "g", "ќ": "k", "ѕ": "dz",
    }
)  # fmt: skip

DIGRAPHS = (("ae", "a"), ("oe", "o"), ("ue", "u"), ("aa", "a"))
"""Umlauts spelled out are read as the letter without its dots, as those with dots are."""

# As they read after folding: small letters, no dots, single letters joined (`s. a.` is `sa`).
_FORMS = """
gmbh mbh se ges gesmbh gesellschaft mit beschrankter haftung ag aktiengesellschaft kg kgaa ohg gbr ek ekfm ug haftungsbeschrankt ev eg
ltd limited plc llc llp lp inc incorporated corp corporation co company pty pvt
ab aktiebolag hb handelsbolag kb ef as asa aksjeselskap ans da aps anpartsselskab aktieselskab is ivs
oy oyj osakeyhtio ky tmi ou osauhing sia uab akciju sabiedriba
bv nv besloten vennootschap naamloze vof cv bvba sprl srl
sa sas sasu sarl eurl snc sci scs societe anonyme responsabilite limitee par actions simplifiee
spa srls sapa sl slu sau sociedad sociedade anonima limitada lda unipessoal
sp zoo sp-zoo sk spj spolka z oo akcyjna sro spol s ro akciova spolecnost spolocnost vos doo dd ad
kft zrt nyrt rt bt korlatolt felelossegu tarsasag pfa
ood eood et eod ooo oao zao pao tov
ae epe ee oe ike mike
as ltdsti sti sirketi anonim tic san ve sahis ltdsirketi
"""
# `ae` is read as `a` where it stands for an umlaut, and so it is where it is a form.
FORMS = _words(_FORMS) | {"a", "o", "e"}
GLUED = ("gmbh", "gesmbh", "sarl", "eurl", "sprl", "bvba", "eood", "kgaa", "spzoo", "limited", "zrt", "kft")
"""Forms that no other word ends in: where the blank before one was not typed, it is still read."""
JOINING = frozenset(("and", "und", "et", "e", "i", "y", "og", "och", "ja", "u", "en", "z", "s", "k"))
LEADING = _words("ab as oy sa sas sarl gmbh sia uab ooo ood eood zao spa")

STREET_WORDS = _words("""strasse str strase gasse weg platz pl allee ring damm am an der die das den dem im zum zur
    gatan gata gaten gate vagen vag vegen vegen veien vei vej gade grand alle allé plads
    katu tie kuja street st road rd avenue ave av lane ln drive dr square sq way boulevard bd blvd bld blvd court ct
    rue chemin ch impasse quai place route rte via viale v vle piazza pza corso largo calle c avenida avda plaza paseo carrer rua r
    travessa praca ul ulica al aleja aleje os osiedle plac utca u ut utja ter namesti ulice nam trida strada bulevardul bdul
    bul odos od leoforos caddesi cad cd sokak sk sokagi bulvari straat str laan plein de la le les des du da do dos di del della van het""")
SMALL_WORDS = _words("am an der die das den dem im zum zur de la le les des du da do dos di del della van het")
STREET_ENDINGS = (
    "strasse", "strase", "straat", "str", "gasse", "weg", "platz", "allee", "ring", "gatan", "gata", "gaten", "vagen", "vegen", "veien",
    "vei", "vej", "gade", "grand", "katu", "tie", "kuja", "laan", "plein", "utca",
)  # fmt: skip

NOTHING = _words("na none null nil unknown unbekannt xxx xx x test tba tbd nv keine kein ohne")
"""What people write where there is nothing to write."""

FREE_MAIL = _words("""gmail googlemail outlook hotmail live msn yahoo ymail icloud me aol gmx web t-online freenet mail email proton protonmail orange
    wanadoo free laposte sfr libero virgilio alice tiscali wp onet interia o2 seznam centrum bluewin telia telenor online hotmail
    freemail citromail abv yandex ukr btinternet sky virginmedia comcast verizon att bigpond telenet skynet kpn ziggo xs4all sapo""")
