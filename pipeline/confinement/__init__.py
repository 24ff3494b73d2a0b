"""What the children that see hostile bytes give up first, and how much they may take."""

from pipeline.confinement.account import Account, account_fault, default_name, worker_account
from pipeline.confinement.limits import Limits
from pipeline.confinement.terms import Terms

__all__ = ["Account", "Limits", "Terms", "account_fault", "default_name", "worker_account"]
