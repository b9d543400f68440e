-- Who acted on a referral and when, and who looked up an account number behind one. Keyed by a keyed hash: no account, no name.
-- What the referrals are is nowhere: they are found anew whenever somebody asks.
CREATE TABLE referral_act (
    referral_id TEXT NOT NULL,
    act TEXT NOT NULL,
    reference TEXT NOT NULL,
    person TEXT NOT NULL,
    acted_us INTEGER NOT NULL
) STRICT;

CREATE INDEX referral_act_of ON referral_act (referral_id);

CREATE TABLE referral_reveal (
    referral_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    person TEXT NOT NULL,
    day TEXT NOT NULL,
    after_break INTEGER NOT NULL,
    revealed_us INTEGER NOT NULL
) STRICT;

CREATE INDEX referral_reveal_of_day ON referral_reveal (person, day);
