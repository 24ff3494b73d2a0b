"""Whether root may run a Python: only where nobody but root can change what it loads."""

from pipeline.installing.trust.check import (
    distrusted,
    distrusted_base,
    distrusted_environment,
    distrusted_program,
)

__all__ = ["distrusted", "distrusted_base", "distrusted_environment", "distrusted_program"]
