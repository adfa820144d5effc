"""SDDL, the text form of Windows' security descriptors: read, and evaluated for a device.

Grammar: learn.microsoft.com "Security Descriptor String Format", "ACE Strings", "SID Strings"; [MS-DTYP] 2.5.1.
"""

from __future__ import annotations

from kgen.sddl.access import Grant, grants
from kgen.sddl.parse import Ace, Acl, Descriptor, SddlError, parse
from kgen.sddl.rights import ALL, READ_DATA, WRITE_DATA, rights_words
from kgen.sddl.sids import Sid, sid_of

__all__ = [
    "ALL",
    "READ_DATA",
    "WRITE_DATA",
    "Ace",
    "Acl",
    "Descriptor",
    "Grant",
    "SddlError",
    "Sid",
    "grants",
    "parse",
    "rights_words",
    "sid_of",
]
