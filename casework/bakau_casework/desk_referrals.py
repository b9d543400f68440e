"""What the Desk answers about people who may need protection. One part of `Desk`; for the purpose safeguarding alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau.ids import Realm
from bakau.model import ProtectionState
from bakau_casework.desk_part import DeskPart
from bakau_casework.policy import Action
from bakau_casework.purpose import REVEALED
from bakau_casework.referrals.register import ReferralRegister, check_reference
from bakau_casework.referrals.words import Settled
from bakau_casework.views import age_control, referrals

if TYPE_CHECKING:
    from bakau_casework.database import Database
    from bakau_casework.people import Person
    from bakau_casework.reading import Clear, Reading
    from bakau_casework.referrals.words import Act, Why
    from bakau_casework.view import Draft, View
    from bakau_graph.archive import Archive


class ReferralDesk(DeskPart):
    """The questions about referrals. Only `Desk` is made of it."""

    person: Person
    _database: Database
    _archive: Archive

    def referrals(self) -> View:
        """Protected accounts, and those of unknown age, that show a sign of danger, last payment first, each with its way out of immediate danger."""
        return self._answer(Action.REFERRALS, referrals.REFERRALS, lambda reading, _: self._list(reading))

    def act_on_referral(self, referral_id: str, act: Act, reference: str = "") -> View:
        """Record what was done about a referral, by id or unique beginning; every referral as it stands then.

        NotFoundError for a referral that is not there, InputError for a reference that is no case number.
        """

        def build(reading: Reading, _: Clear) -> Draft:
            ReferralRegister(self._database).add(referrals.pick_referral(reading, referral_id), act, reference, self.person.name)
            return self._list(reading)

        return self._answer(Action.REFERRAL_ACT, referrals.REFERRALS, build, referral_id)

    def settle_referral(self, referral_id: str, state: ProtectionState, basis: str) -> View:
        """Record that the holder of an account in review is an adult, or is protected, with the basis; every referral as it stands then.

        NotFoundError for a referral that is not there, RefusedError for one that is no review, InputError for a basis that is no case number.
        """

        def build(reading: Reading, _: Clear) -> Draft:
            name, key = referrals.find_in_review(reading, referral_id)
            check_reference(basis, what="a basis")
            self._archive.protect([key], realm=Realm.ACCOUNT, state=state, basis=basis, who=self.person.name)
            settled = Settled.ADULT if state is ProtectionState.ADULT_KNOWN else Settled.PROTECTED
            ReferralRegister(self._database).add(name, settled, basis, self.person.name)
            return self._list(self._newest())

        return self._answer(Action.REFERRAL_SETTLE, referrals.REFERRALS, build, referral_id)

    def settled_referrals(self) -> View:
        """What was established about accounts in review, as what, on which basis and by whom, newest first."""
        return self._answer(
            Action.REFERRALS, referrals.SETTLED, lambda _, __: referrals.list_settled(ReferralRegister(self._database).settled())
        )

    def reveal_referral(self, referral_id: str, why: Why, *, after_break: bool = False) -> View:
        """The number of the account behind a referral, counted. RefusedError when the day's count is used up or a break is due."""
        register, today = ReferralRegister(self._database), referrals.today_utc()

        def build(reading: Reading, clear: Clear) -> Draft:
            name = referrals.pick_referral(reading, referral_id)
            number = register.reveal(name, why, self.person.name, today=today, after_break=after_break)
            return referrals.reveal_number(reading, clear, name, str(why), number)

        return self._answer(Action.REFERRAL_REVEAL, referrals.REVEALED, build, referral_id, REVEALED)

    def age_control(self) -> View:
        """Per provider and tier: wallets of known adults used as a child would. Aggregate only, under every purpose."""
        return self._answer(Action.AGE_CONTROL, age_control.AGE_CONTROL, lambda reading, _: age_control.report_age_control(reading))

    def _list(self, reading: Reading) -> Draft:
        return referrals.list_referrals(reading, ReferralRegister(self._database).acts(), today=referrals.today_utc())
