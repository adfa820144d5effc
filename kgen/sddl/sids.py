"""SDDL: who a SID is. Aliases of sddl.h, well-known SIDs, and which groups a member of each is in as well.

Sources: learn.microsoft.com "SID Strings", "Well-known SIDs", "Security identifiers" (default group
memberships); [MS-DTYP] 2.4.2.4.
"""

from __future__ import annotations

from kgen.record import NamedTuple


class Sid(NamedTuple):
    """A principal of a security descriptor."""

    id: str
    """The alias where there is one (`BA`), else the SID itself (`S-1-5-21-…`)."""
    sid: str
    """`S-1-5-32-544`; empty where the alias depends on the domain."""
    name: str
    administrator: bool
    """Whoever is this can do to the machine what it likes anyway."""
    groups: tuple[str, ...]
    """Ids of what every such caller is a member of by default, itself not among them."""
    note: str
    """What its rights mean beyond its own; empty for most."""


# Alias, SID or `-` where it depends on the domain, groups (`-`: none), and the name; `*`: administrator.
_TABLE = """
WD S-1-1-0                       -           Everyone
AN S-1-5-7                       -           Anonymous logon
AU S-1-5-11                      WD,BU       Authenticated users
BU S-1-5-32-545                  WD          Users
IU S-1-5-4                       WD,BU       Users logged on interactively
NU S-1-5-2                       WD          Users logged on over the network
RD S-1-5-32-555                  WD,AU,BU    Remote desktop users
BG S-1-5-32-546                  WD          Guests
PU S-1-5-32-547                  WD,AU,BU    Power users
SU S-1-5-6                       WD,AU,BU    Services
LS S-1-5-19                      WD,AU,BU,SU Local service
NS S-1-5-20                      WD,AU,BU,SU Network service
SY S-1-5-18                      WD,AU,BU,BA *Local system
BA S-1-5-32-544                  WD,AU,BU    *Administrators
LA -                             WD,AU,BU,BA *The local administrator
DA -                             WD,AU,BU,BA *Domain administrators
EA -                             WD,AU,BU,BA *Enterprise administrators
SA -                             WD,AU,BU    *Schema administrators
CA -                             WD,AU,BU    Certificate publishers
PA -                             WD,AU,BU    Group policy administrators
BO S-1-5-32-551                  WD,AU,BU    Backup operators
SO S-1-5-32-549                  WD,AU,BU    Server operators
AO S-1-5-32-548                  WD,AU,BU    Account operators
PO S-1-5-32-550                  WD,AU,BU    Printer operators
NO S-1-5-32-556                  WD,AU,BU    Network configuration operators
CY S-1-5-32-569                  WD,AU,BU    Cryptographic operators
ER S-1-5-32-573                  WD,AU,BU    Event log readers
LU S-1-5-32-559                  WD,AU,BU    Performance log users
MU S-1-5-32-558                  WD,AU,BU    Performance monitor users
RE S-1-5-32-552                  WD,AU,BU    Replicators
RU S-1-5-32-554                  WD          Pre-Windows 2000 compatible access
RM S-1-5-32-580                  WD,AU,BU    Remote management users
AA S-1-5-32-579                  WD,AU,BU    Access control assistance operators
HA S-1-5-32-578                  WD,AU,BU    Hyper-V administrators
RA S-1-5-32-575                  WD,AU,BU    Remote access servers
ES S-1-5-32-576                  WD,AU,BU    Remote desktop endpoint servers
MS S-1-5-32-577                  WD,AU,BU    Remote desktop management servers
CD S-1-5-32-574                  WD,AU,BU    Users of certificate services by DCOM
IS S-1-5-32-568                  WD,AU,BU    Anonymous users of the web server
LG -                             WD,BG       The local guest
DU -                             WD,AU,BU    Domain users
DG -                             WD          Domain guests
DC -                             WD,AU,BU    Domain computers
DD -                             WD,AU,BU    Domain controllers
CN -                             WD,AU,BU    Domain controllers that may be cloned
RO -                             WD,AU,BU    Read-only domain controllers of the enterprise
RS -                             WD,AU,BU    RAS and IAS servers
AP -                             WD,AU,BU    Protected users
KA -                             WD,AU,BU    Key administrators
EK -                             WD,AU,BU    Enterprise key administrators
ED S-1-5-9                       WD,AU,BU    Enterprise domain controllers
AS S-1-18-1                      WD,AU,BU    Callers whose identity an authority asserted
SS S-1-18-2                      WD,AU,BU    Callers whose identity a service asserted
UD S-1-5-84-0-0-0-0-0            WD,AU,BU    User-mode drivers
WR S-1-5-33                      -           Write-restricted code
RC S-1-5-12                      -           Restricted code
AC S-1-15-2-1                    -           App containers
PS S-1-5-10                      -           The object itself
CO S-1-3-0                       -           The creator of an object
CG S-1-3-1                       -           The creator's group
OW S-1-3-4                       -           The owner of the device
LW S-1-16-4096                   -           Low integrity
ME S-1-16-8192                   -           Medium integrity
MP S-1-16-8448                   -           Medium-plus integrity
HI S-1-16-12288                  -           High integrity
SI S-1-16-16384                  -           System integrity
-  S-1-15-2-2                    -           Restricted app containers
-  S-1-5-113                     WD,AU,BU    Local accounts
-  S-1-5-114                     WD,AU,BU,BA *Local accounts that are administrators
-  S-1-5-3                       WD,AU,BU    Batch jobs
-  S-1-5-14                      WD,AU,BU    Remote interactive users
-  S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464 WD,AU,BU,SU *TrustedInstaller
"""
_SECOND = "counts only for what the user who runs it may do as well"
_NOTES = {
    "AC": _SECOND,
    "RC": _SECOND,
    "WR": _SECOND,
    "S-1-15-2-2": _SECOND,
    "CO": "means nobody on an object that exists",
    "CG": "means nobody on an object that exists",
    "PS": "means nobody on a device",
}
# Families of SIDs, longest first: prefix, groups, name of the rest.
_FAMILIES = (
    ("S-1-15-2-", "", "App container"),
    ("S-1-15-3-", "", "Capability of app containers"),
    ("S-1-5-80-", "WD,AU,BU,SU", "Service"),
    ("S-1-5-82-", "WD,AU,BU,SU", "Application pool"),
    ("S-1-5-5-", "WD", "Logon session"),
    ("S-1-5-32-", "WD,AU,BU", "Built-in group"),
    ("S-1-5-21-", "WD,AU,BU", "Account or group"),
    ("S-1-16-", "", "Integrity"),
)
# Of an account of a machine or a domain, by its last number.
_ACCOUNTS = {
    "500": ("The local administrator", True),
    "501": ("The local guest", False),
    "512": ("Domain administrators", True),
    "513": ("Domain users", False),
    "514": ("Domain guests", False),
    "519": ("Enterprise administrators", True),
}


def _read() -> dict[str, Sid]:
    known: dict[str, Sid] = {}
    for line in _TABLE.strip().splitlines():
        alias, sid, groups, name = line.split(maxsplit=3)
        sid = sid.removeprefix("-") if sid == "-" else sid
        id = sid if alias == "-" else alias
        found = Sid(
            id,
            sid,
            name.lstrip("*"),
            name.startswith("*"),
            () if groups == "-" else tuple(groups.split(",")),
            _NOTES.get(id, ""),
        )
        known[id] = found
        known[sid or id] = found
    return known


_KNOWN = _read()


def sid_of(text: str) -> Sid | None:
    """Who `BA` or `S-1-5-32-544` is; None for an alias that sddl.h does not have.

    What is a member of what is Windows' default: a machine's owner can put anyone into any group.
    """
    known = _KNOWN.get(text.upper())
    if known is not None or not text.upper().startswith("S-1-"):
        return known
    sid = text.upper()
    for prefix, groups, name in _FAMILIES:
        if sid.startswith(prefix):
            account, administrator = name, False
            if prefix == "S-1-5-21-" and sid.rsplit("-", 1)[1] in _ACCOUNTS:
                account, administrator = _ACCOUNTS[sid.rsplit("-", 1)[1]]
            note = _SECOND if prefix.startswith("S-1-15-") else ""
            members = tuple(groups.split(",")) if groups else ()
            return Sid(sid, sid, f"{account} {sid}", administrator, members, note)
    return Sid(sid, sid, sid, False, ("WD",), "")
