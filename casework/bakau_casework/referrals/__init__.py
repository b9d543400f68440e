"""Referrals at the Desk: whom to call, who acted, what was revealed."""
