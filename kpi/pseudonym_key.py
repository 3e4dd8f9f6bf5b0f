"""The key of the pseudonyms: from the environment (KPI_PSEUDONYM_KEY), or drawn for the run."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping

KEY_VARIABLE = "KPI_PSEUDONYM_KEY"


def given_key(environment: Mapping[str, str] = os.environ) -> bytes:
    """Return the key that was given; empty where a run has to draw one."""
    return environment.get(KEY_VARIABLE, "").encode("utf-8")


def fingerprint(environment: Mapping[str, str] = os.environ) -> str:
    """Return what tells two keys apart and does not tell the key; empty where one is drawn."""
    key = given_key(environment)
    return hmac.new(key, b"fingerprint", hashlib.sha256).hexdigest() if key else ""
