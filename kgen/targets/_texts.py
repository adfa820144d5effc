"""Pieces of text at the edges of well-formedness, a class each: UTF-8 by RFC 3629, UTF-16 by surrogates in pairs."""

from __future__ import annotations

_GOOD_UTF8 = """
first_of_1 01
last_of_1 7F
first_of_2 C280
last_of_2 DFBF
first_of_3 E0A080
before_surrogates ED9FBF
after_surrogates EE8080
last_of_3 EFBFBF
first_of_4 F0908080
last_of_4 F48FBFBF
"""
_BAD_UTF8 = """
continuation 80
last_continuation BF
continuations_3 808080
continuations_4 80808080
overlong_2 C080
overlong_2_last C1BF
overlong_3 E08080
overlong_3_last E09FBF
surrogate EDA080
surrogate_last EDBFBF
overlong_4 F0808080
overlong_4_last F08FBFBF
too_high F4908080
lead_f5 F5808080
byte_fe FE
byte_ff FF
cut_2 C2
cut_3 E282
cut_4 F09F98
broken_2 C241
broken_3 E28241
broken_4 F09F9841
below_continuation E2827F
above_continuation E282C0
too_many C2A980
"""
# Little-endian.
_GOOD_UTF16 = """
before_surrogates FFD7
after_surrogates 00E0
last_of_1 FFFF
first_pair 00D800DC
last_pair FFDBFFDF
"""
_BAD_UTF16 = """
high 00D8
high_last FFDB
low 00DC
low_last FFDF
high_and_letter 00D84100
two_highs 00D800D8
two_lows 00DC00DC
high_and_last_high 00D8FFDB
high_and_after 00D800E0
pair_reversed 00DC00D8
letter_and_high 410000D8
"""


def _read(table: str) -> tuple[tuple[str, bytes], ...]:
    rows = (line.split() for line in table.split("\n") if line)
    return tuple((name, bytes.fromhex(held)) for name, held in rows)


GOOD = {"utf8": _read(_GOOD_UTF8), "utf16": _read(_GOOD_UTF16)}
"""(name, bytes) by encoding."""
BAD = {"utf8": _read(_BAD_UTF8), "utf16": _read(_BAD_UTF16)}
