"""From hits to findings: scores of accounts, findings about accounts and networks, and how they continue earlier ones."""
