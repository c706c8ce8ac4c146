"""A small group: two markets, four branches, one of which moves and one of which opens; and its business time, counted plainly.

The calendars are written twice: as documents for Charter, and as plain Python for the second oracle.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from holidays import country_holidays

from charter.performance.standards import standard_names

AT = date(2026, 6, 30)
MOVES, OPENS = date(2026, 3, 15), date(2026, 2, 15)
SCOPES = ("group", "market/de", "market/us", "branch/b1", "branch/b2", "branch/b3", "branch/b4")

_WORKSPACE = """\
apiVersion: charter/v1
kind: Workspace
metadata: {name: small}
spec: {currency: EUR, timeZone: Etc/UTC}
"""
_TREE = """\
apiVersion: charter/v1
kind: ScopeTable
metadata: {name: tree}
spec: {file: scopes.csv}
---
apiVersion: charter/v1
kind: Lock
metadata: {name: open}
spec: {ref: "Calendar:*", rules: [{paths: [spec], mode: default}]}
"""
_SCOPES = """\
scope,parent,from,to,title,time_zone
market/de,group,2010-01-01,,Germany,Europe/Berlin
market/us,group,2010-01-01,,United States,America/New_York
branch/b1,market/de,2010-01-01,,One,
branch/b2,market/de,2010-01-01,2026-03-15,Two,
branch/b2,market/us,2026-03-15,,Two,
branch/b3,market/us,2010-01-01,,Three,
branch/b4,market/de,2026-02-15,,Four,
"""
_CALENDAR = """\
apiVersion: charter/v1
kind: Calendar
metadata: {name: standard}
spec:
  country: de
  hours: {mon: ["08:00-12:00", "13:00-17:00"], tue: ["08:00-12:00", "13:00-17:00"], wed: ["08:00-12:00", "13:00-17:00"], thu: ["08:00-12:00", "13:00-17:00"], fri: ["08:00-12:00"], sun: ["01:00-04:00"]}
  closed: [2026-01-07]
"""
_GERMANY = """\
apiVersion: charter/v1
kind: Calendar
metadata: {name: standard}
spec: {subdivision: by}
"""
_GERMANY_LATER = """\
apiVersion: charter/v1
kind: Calendar
metadata: {name: standard}
spec: {subdivision: by, hours: {fri: ["08:00-11:00", "12:00-14:30"]}}
"""
_STATES = """\
apiVersion: charter/v1
kind: Calendar
metadata: {name: standard}
spec:
  country: us
  hours: {mon: ["09:00-18:00"], tue: ["09:00-18:00"], wed: ["09:00-18:00"], thu: ["09:00-24:00"], fri: ["00:00-18:00"], sat: [], sun: ["01:00-04:00"]}
  open: {2026-01-10: ["09:00-13:00"], 2026-01-19: ["10:00-11:30"]}
"""
_METRIC = "apiVersion: charter/v1\nkind: Metric\nmetadata: {{name: {name}}}\nspec: {{standard: {name}@1{more}}}\n---\n"
_INVOICED = "apiVersion: charter/v1\nkind: Metric\nmetadata: {name: invoiced-share}\nspec: {standard: digital-turnover-share@2, target: 0.4}\n---\n"
_OWN = """\
apiVersion: charter/v1
kind: Metric
metadata: {name: mail-share}
spec:
  definition:
    fact: fact_order
    filter: "eligible"
    day: ordered_on
    scope: fulfilling_scope
    numerator: "count(*) filter (where touchpoint = 'mail')"
    denominator: "count(*)"
    durations: {release: {seconds: "business(entered_at, released_at)"}}
    dimensions: {class: commit_class, currency: currency}
"""
_MORE = {"digital-order-ratio": ", target: 0.4, minimumN: 5", "time-to-resolution": ", target: 40000, direction: down"}
_DROPPED = {"edi-share", "digital-customer-share", "price-dispersion", "case-count"}


def write_group(folder: Path, *, later: bool) -> None:
    """Writes the workspace; `later` as it stands after a change of hours and of metrics."""
    names = sorted(standard_names() - (_DROPPED if later else set()))
    metrics = "".join(_METRIC.format(name=name, more=_MORE.get(name, "")) for name in names) + _INVOICED + (_OWN if later else "")
    files = {
        "charter.yaml": _WORKSPACE,
        "group/tree.yaml": _TREE,
        "group/scopes.csv": _SCOPES,
        "group/calendar.yaml": _CALENDAR,
        "group/metrics.yaml": metrics.removesuffix("---\n"),
        "markets/de/calendar.yaml": _GERMANY_LATER if later else _GERMANY,
        "markets/us/calendar.yaml": _STATES,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


# What follows is the second oracle: nothing of it is Charter's.

Hours = list[tuple[time, time | None]]
"""Working intervals of a day in wall time; None: until midnight."""


@dataclass
class Place:
    zone: str
    country: str
    part: str | None
    hours: dict[int, Hours]
    opened: dict[date, Hours] = field(default_factory=dict)


def _h(*texts: str) -> Hours:
    pairs = [text.split("-") for text in texts]
    return [(time.fromisoformat(a), None if b == "24:00" else time.fromisoformat(b)) for a, b in pairs]


_LONG = _h("08:00-12:00", "13:00-17:00")
_EUROPE = {0: _LONG, 1: _LONG, 2: _LONG, 3: _LONG, 4: _h("08:00-12:00"), 6: _h("01:00-04:00")}
_DAY = _h("09:00-18:00")
_AMERICA = {0: _DAY, 1: _DAY, 2: _DAY, 3: _h("09:00-24:00"), 4: _h("00:00-18:00"), 6: _h("01:00-04:00")}
PLACES = {
    "group": Place("UTC", "DE", None, _EUROPE),
    "market/de": Place("Europe/Berlin", "DE", "BY", _EUROPE),
    "market/us": Place(
        "America/New_York", "US", None, _AMERICA, {date(2026, 1, 10): _h("09:00-13:00"), date(2026, 1, 19): _h("10:00-11:30")}
    ),
}


def place_of(scope: str | None, day: date) -> str | None:
    """Which of the three places times a scope on a day; None while it is not open."""
    if scope in (None, "group"):
        return "group"
    if scope == "branch/b4":
        return "market/de" if day >= OPENS else None
    if scope == "branch/b2":
        return "market/us" if day >= MOVES else "market/de"
    return {"branch/b1": "market/de", "branch/b3": "market/us"}.get(str(scope), scope)


def stands_under(scope: str | None, asked: str, day: date) -> bool:
    """Whether a scope stood under the asked one on the day."""
    return asked == "group" or scope == asked or (scope is not None and place_of(scope, day) == asked)


def local_day(scope: str | None, moment: datetime) -> date:
    """The day of an instant where the scope is: in its zone as of the instant's day in UTC."""
    place = place_of(scope, moment.astimezone(UTC).date()) or "group"
    return moment.astimezone(ZoneInfo(PLACES[place].zone)).date()


_KNOWN: dict[tuple[str, date], list[tuple[int, int]]] = {}


def _of_day(place: str, day: date) -> list[tuple[int, int]]:
    if (place, day) not in _KNOWN:
        here = PLACES[place]
        closed = day == date(2026, 1, 7) or day in country_holidays(here.country, subdiv=here.part, years=day.year)
        hours = here.opened.get(day, [] if closed else here.hours.get(day.weekday(), []))
        zone = ZoneInfo(here.zone)
        ends = [(a, datetime.combine(day, b, zone) if b else datetime.combine(day + timedelta(1), time(0), zone)) for a, b in hours]
        spans = [(int(datetime.combine(day, a, zone).timestamp()), int(b.timestamp())) for a, b in ends]
        _KNOWN[place, day] = [(a, b) for a, b in spans if a < b]
    return _KNOWN[place, day]


def worked(scope: str | None, a: datetime, b: datetime) -> int | None:
    """Business seconds between two instants (cut to whole seconds); None where either lies before the scope opened."""
    first, last = a.astimezone(UTC).date(), b.astimezone(UTC).date()
    if place_of(scope, first) is None or place_of(scope, last) is None:
        return None
    begin, end, seconds = int(a.timestamp() // 1), int(b.timestamp() // 1), 0
    day = first - timedelta(days=2)
    while day <= last + timedelta(days=2):
        place = place_of(scope, day)
        for opened, closed in _of_day(place, day) if place else []:
            seconds += max(0, min(end, closed) - max(begin, opened))
        day += timedelta(days=1)
    return seconds
