"""A mapping of a plain list of transfers, for tests that are about something else."""

from __future__ import annotations

#: Columns when, src, dst and amount.
PLAIN = """
name: plain
meaning: transfers of this test
files:
  - match: ['*.csv']
    rows:
      - table: transfer
        fields:
          ts: {column: when}
          src: {column: src, scheme: local}
          dst: {column: dst, scheme: local}
          amount: {column: amount}
          currency: {value: EUR}
          channel: {value: bank}
"""
#: A transfer's number in the column ref, and what the payer wrote in the column purpose: lines to add.
REFERENCE = "          reference: {column: ref}\n"
PURPOSE = "          purpose: {column: purpose}\n"
