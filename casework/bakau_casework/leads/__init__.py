"""Leads: what somebody points at (a phone, an account, a name …), typed signal and not proof; read, looked up, kept only where it hit."""
