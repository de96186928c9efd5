"""Steps from one schema to the next, run by ``Database.open``. Never edit a released step: add one."""

from __future__ import annotations

REVISIONS = ("0001",)
"""Every schema ever released, oldest first. A test holds this against the steps in ``versions/``."""

HEAD = REVISIONS[-1]
