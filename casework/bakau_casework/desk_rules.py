"""What the Desk answers about rules on their way in: proposals, methods, keys, and what other rules would have found. One part of `Desk`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from bakau.errors import InputError
from bakau_analytics.indicators.load import COMMON, load_own, load_packs, load_shipped, shipped_names
from bakau_analytics.indicators.signing import check_key
from bakau_analytics.indicators.states import RuleState
from bakau_analytics.indicators.trial import run_cases
from bakau_casework.desk_part import DeskPart
from bakau_casework.policy import Action
from bakau_casework.rules.methods import MethodRegister
from bakau_casework.rules.register import RuleRegister
from bakau_casework.rules.texts import check_rule, check_text
from bakau_casework.views import methods, proposals, replay, rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakau_analytics.indicators.pack import Rule
    from bakau_casework.database import Database
    from bakau_casework.people import Person
    from bakau_casework.policy import Policy
    from bakau_casework.reading import Clear, Reading
    from bakau_casework.view import Draft, View
    from bakau_casework.views.replay import ReplayQuestion

_RULE_ID = re.compile(r"[A-Z]{3}-[0-9]{2}")
_ACTIONS = {
    RuleState.DRAFT: Action.RULE_DRAFT,
    RuleState.SHADOW: Action.RULE_SHADOW,
    RuleState.ACTIVE: Action.RULE_ACTIVATE,
    RuleState.OFF: Action.RULE_RETIRE,
}


class RuleDesk(DeskPart):
    """The questions about rules. Only `Desk` is made of it."""

    person: Person
    _database: Database
    _policy: Policy

    def replay(self, question: ReplayQuestion) -> View:
        """Who would have been found in a past window by other rules, against those in force. Nothing is stored."""
        return self._answer(Action.REPLAY, replay.REPLAY, lambda reading, _: replay.replay_window(reading, question))

    def rules_in_force(self, pack: str = COMMON) -> View:
        """Every rule of a shipped pack and of the workspace, its state, and what the newest run saw with it. NotFoundError for another pack."""
        return self._answer(Action.RULES_IN_FORCE, rules.RULES_IN_FORCE, lambda reading, _: rules.list_rules_in_force(reading, pack), pack)

    def count_rules(self, pack: str = COMMON) -> View:
        """The same rules, and those in shadow, run over the newest facts and counted. Takes as long as the rules of an analysis; nothing is stored."""
        return self._answer(Action.RULE_COUNTS, rules.RULE_COUNTS, lambda reading, _: rules.count_in_force(reading, pack), pack)

    def proposals(self) -> View:
        """Every rule that is proposed, with its history."""
        return self._answer(Action.PROPOSALS, proposals.PROPOSALS, lambda _, __: proposals.list_proposals(RuleRegister(self._database)))

    def propose_rule(self, rule_id: str, pack: str, why: str) -> View:
        """Keep one rule of a shipped pack as a draft: as `propose_rules`, for a screen, where what is typed is never the path of a file."""
        if not _RULE_ID.fullmatch(rule_id) or pack not in shipped_names():
            raise InputError("a rule of a shipped pack is named by its id", hint="bakau indicators propose FILE takes one of your own")
        return self.propose_rules(rule_id, why, packs=(pack,))

    def propose_rules(self, given: str, why: str, *, packs: Sequence[str] = ()) -> View:
        """Keep the rules of a pack's file, or one rule of `packs` by id, as drafts; all proposals as they stand then.

        PackError for a wrong pack, InputError for a text that may hold somebody's number, or a rule that is in force as it is.
        """

        def build(_: Reading, __: Clear) -> Draft:
            register, reason = RuleRegister(self._database), check_text(why, "the reason")
            found = [check_rule(rule) for rule in self._given(register, given, packs)]
            for rule in found:
                register.propose(rule, reason, self.person)
            return proposals.list_proposals(register, [rule.id for rule in found])

        return self._answer(Action.RULE_PROPOSE, proposals.PROPOSALS, build, given)

    def move_rule(self, rule_id: str, state: str, why: str) -> View:
        """Bring a proposed rule to another state, one of RuleState; all proposals as they stand then.

        InputError where it may not go there, or where its own cases do not hold. RefusedError where only a second person may activate it; one
        person alone may where the policy is for a single user, and then the audit row says so.
        """
        register = RuleRegister(self._database)
        own = {one.rule.id for one in register.proposals() if not one.is_other(self.person)}
        wanted = _state_of(state)
        is_alone = wanted is RuleState.ACTIVE and self._policy.is_single_user and rule_id in own
        action = Action.RULE_ACTIVATE_ALONE if is_alone else _ACTIONS[wanted]

        def build(_: Reading, __: Clear) -> Draft:
            proposed, reason = register.get(rule_id), check_text(why, "the reason")
            if wanted is RuleState.SHADOW:
                _require_cases(proposed.rule)
            register.move(proposed, wanted, reason, self.person, may_be_alone=is_alone)
            return proposals.list_proposals(register, [rule_id])

        return self._answer(action, proposals.PROPOSALS, build, rule_id)

    def keys(self) -> View:
        """Keys that may sign packs."""
        return self._answer(Action.KEYS, proposals.KEYS, lambda _, __: proposals.list_keys(RuleRegister(self._database).trusted()))

    def trust_key(self, key: str, label: str) -> View:
        """Take packs that this key signed, and no others but those of keys listed already."""

        def build(_: Reading, __: Clear) -> Draft:
            register = RuleRegister(self._database)
            register.trust(check_key(key), check_text(label, "the label"), self.person)
            return proposals.list_keys(register.trusted())

        return self._answer(Action.KEY_TRUST, proposals.KEYS, build, key)

    def distrust_key(self, key: str) -> View:
        """Take packs of this key no longer."""

        def build(_: Reading, __: Clear) -> Draft:
            register = RuleRegister(self._database)
            register.distrust(check_key(key))
            return proposals.list_keys(register.trusted())

        return self._answer(Action.KEY_DISTRUST, proposals.KEYS, build, key)

    def methods(self) -> View:
        """Every emerging method."""
        return self._answer(
            Action.METHODS, methods.METHODS, lambda _, __: methods.list_methods(MethodRegister(self._database).methods(), self._states())
        )

    def method(self, method_id: str) -> View:
        """One emerging method, by id or unique beginning."""
        return self._answer(
            Action.METHODS, methods.METHOD,
            lambda _, __: methods.list_methods([MethodRegister(self._database).pick(method_id)], self._states()), method_id,
        )  # fmt: skip

    def add_method(
        self, says: str, *, first_seen: str, source: str, address: str = "", channels: Sequence[str] = (), rule_id: str | None = None
    ) -> View:
        """Note an emerging method; as it is kept. InputError for a text that may hold somebody's number, NotFoundError for a rule that is none."""

        def build(_: Reading, __: Clear) -> Draft:
            register = MethodRegister(self._database)
            if rule_id is not None and rule_id not in self._states():
                load_shipped(COMMON).get(rule_id)
            name = register.add(
                says, first_seen=first_seen, source=source, address=address, channels=channels, rule_id=rule_id, person=self.person
            )
            return methods.list_methods([register.pick(name)], self._states())

        return self._answer(Action.METHOD_ADD, methods.METHOD, build)

    def _states(self) -> dict[str, str]:
        return {one.rule.id: str(one.state) for one in RuleRegister(self._database).proposals()}

    @staticmethod
    def _given(register: RuleRegister, given: str, packs: Sequence[str]) -> list[Rule]:
        trusted = {one.key for one in register.trusted()}
        if Path(given).is_file():
            found = load_own(Path(given), trusted=trusted)
        elif not _RULE_ID.fullmatch(given):
            raise InputError("neither a pack's file nor the id of a rule", hint="bakau indicators list")
        else:
            found = (load_packs(tuple(packs) or None, trusted=trusted).get(given),)
        there = load_shipped(COMMON).rules
        wanted = [rule.model_copy(update={"enabled": True}) for rule in found if rule not in there]
        if not wanted:
            raise InputError("there is nothing to propose: these rules are in force as they are", hint="change one in a file of your own")
        return wanted


def _state_of(name: str) -> RuleState:
    try:
        return RuleState(name)
    except ValueError as error:
        raise InputError("no such state of a rule", hint=f"one of: {', '.join(RuleState)}") from error


def _require_cases(rule: Rule) -> None:
    failed = [trial for trial in run_cases(rule) if not trial.passed]
    if failed:
        raise InputError(f"{len(failed)} of the own cases of {rule.id} do not hold", hint="bakau indicators test")
