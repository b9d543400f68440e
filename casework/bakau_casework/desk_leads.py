"""What the Desk answers about leads: look a list up, show kept ones again, tell what standing watches hit. One half of `Desk`.

Kept is only what was shown: hits by surrogate, and keyed hashes where the terms allow a watch. That is written after the audit row of
the answer; without that row there is neither.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from bakau.errors import InputError, RefusedError
from bakau.times import now_us
from bakau_casework.desk_part import DeskPart
from bakau_casework.leads.listing import Said, parse_day, read_lead_list
from bakau_casework.leads.lookup import look_up, sort_out
from bakau_casework.leads.register import LeadRegister, SavedList, new_list_id
from bakau_casework.policy import Action
from bakau_casework.views import leads, networks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bakau_casework.cases import CaseRegister
    from bakau_casework.charts import Chart
    from bakau_casework.database import Database
    from bakau_casework.leads.listing import LeadList
    from bakau_casework.leads.lookup import Found
    from bakau_casework.leads.seek import Trace
    from bakau_casework.people import Person
    from bakau_casework.purpose import Purpose
    from bakau_casework.reading import Clear, Reading
    from bakau_casework.view import Draft, View
    from bakau_graph.archive.name_index import NameIndex

#: Leads that a person may look up a day, and names within them per case (per person without one). Defaults of ours: a few whole lists,
#: so that nobody finds out about people by asking list after list.
MOST_LEADS_A_DAY = 5_000
MOST_NAMES_A_DAY = 1_000


class LeadDesk(DeskPart):
    """The questions about leads. Only `Desk` is made of it."""

    person: Person
    purpose: Purpose
    _database: Database
    _cases: CaseRegister
    _case_id: str | None

    def leads(self, path: Path, said: Said | None = None, *, watch_until: str | None = None) -> View:
        """A list of leads from a file looked up. `said`: giver, terms and last day where the file's head says none.

        FileError or InputError with file, line and column for a list that cannot be taken; RefusedError when more is asked than a day allows,
        or for a standing watch that the terms do not allow.
        """
        register, today = self._kept_leads()
        asked = read_lead_list(path, said or Said(), today=today)
        until = _check_watch(asked, watch_until, today)
        source = asked.provenance
        kept = SavedList(
            new_list_id(), source.giver, source.terms, source.expires_on, until, self._case_id, str(self.purpose), self.person.name,
            now_us(),
        )  # fmt: skip
        found: list[leads.Answered] = []

        def build(reading: Reading, clear: Clear) -> Draft:
            found.append(leads.answer_leads(reading, clear, asked, kept, self._spender(register, today)))
            return found[0].draft

        view = self._answer(Action.LEADS, leads.LEADS, build)
        if view.facts["list_id"] is not None:
            register.save(kept, found[0].matches, found[0].watchable)
        return view

    def lead_lists(self) -> View:
        """The lists that are kept: one's own, and those of one's cases."""
        register, _ = self._kept_leads()
        kept = register.lists(self.person.name, self._own_cases())
        return self._answer(
            Action.LEAD_LISTS, leads.LEAD_LISTS, lambda _, __: leads.list_leads([(one, *register.count(one.list_id)) for one in kept])
        )

    def lead_list(self, list_id: str) -> View:
        """One of these lists shown again: its hits as they may be shown now, and what ties them together."""
        register, _ = self._kept_leads()

        def build(reading: Reading, _: Clear) -> Draft:
            kept = register.load_list(list_id, self.person.name, self._own_cases())
            return leads.show_leads(reading, kept, register.matches(kept.list_id), register.count(kept.list_id)[1])

        return self._answer(Action.LEAD_SHOW, leads.LEADS, build)

    def forget_leads(self, list_id: str) -> View:
        """Delete a kept list of one's own with its watch; the lists that are left."""
        register, _ = self._kept_leads()
        kept = register.load_list(list_id, self.person.name, ())

        def build(_: Reading, __: Clear) -> Draft:
            rest = [one for one in register.lists(self.person.name, self._own_cases()) if one.list_id != kept.list_id]
            return leads.list_leads([(one, *register.count(one.list_id)) for one in rest])

        view = self._answer(Action.LEAD_FORGET, leads.LEAD_LISTS, build)
        register.forget(kept.list_id)
        return view

    def check_leads(self, *, settle: bool = True) -> View:
        """What one's own standing watches hit now: those without a case, and those of the case at hand.

        Hits join their lists and are watched no more. Without `settle` nothing changes, and the watches of every case are looked at.
        """
        register, today = self._kept_leads()
        mine = [
            one for one in register.lists(self.person.name, ()) if one.watch_until and (not settle or one.case_id in (None, self._case_id))
        ]
        watched = {one.list_id: register.watches(one.list_id) for one in mine}
        news: list[tuple[SavedList, Found]] = []

        def build(reading: Reading, clear: Clear) -> Draft:
            names = self._names_of(reading, clear, [trace for traces in watched.values() for trace in traces], register, today)
            index = None if isinstance(names, str) else names
            news.extend((one, look_up(reading, watched[one.list_id], index)) for one in mine)
            ended = {(one.list_id, line) for one, found in news for line in _ended(found)}
            left = {(list_id, trace.line) for list_id, traces in watched.items() for trace in traces} - ended
            return leads.list_news(reading, news, watched=len(left), not_searched=names if isinstance(names, str) else "")

        view = self._answer(Action.LEAD_CHECK, leads.LEAD_NEWS, build)
        for one, found in news if settle else ():
            register.settle(one.list_id, found.matches, _ended(found))
        return view

    def has_watches(self) -> bool:
        """Whether this person watches anything: asked before anything is opened for it."""
        register, _ = self._kept_leads()
        return any(one.watch_until and register.count(one.list_id)[1] for one in register.lists(self.person.name, ()))

    def _drawn_up(self, chart: Chart) -> Callable[[Reading, Clear], Draft]:
        """What draws a chart up, one that starts from a kept list of this person's included."""

        def build(reading: Reading, _: Clear) -> Draft:
            if chart.leads_id is None:
                return networks.show_network(reading, chart)
            register, __ = self._kept_leads()
            kept = register.load_list(chart.leads_id, self.person.name, self._own_cases())
            found = sort_out(reading, register.matches(kept.list_id))
            keys = dict.fromkeys(match.account_key for match in found.matches if match.account_key is not None)
            return networks.show_network(reading, replace(chart, leads_id=kept.list_id), tuple(keys))

        return build

    # --- pieces -----------------------------------------------------------------------------------------------------------

    def _kept_leads(self) -> tuple[LeadRegister, date]:
        """The register, with whatever has ended deleted, and today."""
        register, today = LeadRegister(self._database), datetime.now(UTC).date()
        register.sweep(today)
        return register, today

    def _own_cases(self) -> list[str]:
        return [case.case_id for case in self._cases.list_cases() if self.person.name in case.members]

    def _spender(self, register: LeadRegister, today: date) -> Callable[[int, int], None]:
        def spend(asked: int, by_name: int) -> None:
            register.spend("leads", self.person.name, asked, most=MOST_LEADS_A_DAY, today=today)
            register.spend("names", self._case_id or self.person.name, by_name, most=MOST_NAMES_A_DAY, today=today)

        return spend

    def _names_of(self, reading: Reading, clear: Clear, traces: Sequence[Trace], register: LeadRegister, today: date) -> NameIndex | str:
        """The index of names where names are watched and may be looked at; the reason where they may not; "" where none is watched."""
        by_name = len({trace.line for trace in traces if trace.place.startswith("name.")})
        if not by_name:
            return ""
        names = leads.open_names(reading, clear)
        if not isinstance(names, str):
            self._spender(register, today)(0, by_name)
        return names


def _ended(found: Found) -> set[int]:
    return {match.line for match in found.matches} | found.protected_lines


def _check_watch(asked: LeadList, watch_until: str | None, today: date) -> date | None:
    """The last day of a watch; InputError for one in the past, RefusedError for one that the terms do not allow."""
    if watch_until is None:
        return None
    until, source = parse_day(watch_until), asked.provenance
    if until < today:
        raise InputError("the last day of the watch is over", hint="--watch-until a day to come")
    if not source.may_watch:
        raise RefusedError("the terms of this list allow no standing watch", hint="watch: true in its head says that they do")
    if until > source.expires_on:
        raise RefusedError(f"the list expires on {source.expires_on.isoformat()}: nothing is watched beyond", hint="--watch-until that day")
    return until
