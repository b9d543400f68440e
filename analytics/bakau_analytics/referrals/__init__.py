"""Referrals: signs that somebody may need protection. Never a score, a rank or a suspicion; nothing of it is stored in the archive."""
