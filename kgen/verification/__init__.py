"""Proof tools over the generated core: which they are, what each is asked, and what it answered.

Works on a folder of generated text (`core/`, `include/`, `proof/`), whoever wrote it there: `kgen verify`
renders one, a mutation test breaks one. docs/verify.md says what is proven, and for which bounds.
"""

from kgen.verification.proofs import Verdict, proofs, run_all
from kgen.verification.tools import TOOLS, Missing, Tools, find

__all__ = ["TOOLS", "Missing", "Tools", "Verdict", "find", "proofs", "run_all"]
