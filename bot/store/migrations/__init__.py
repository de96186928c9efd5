"""Steps from one schema to the next, run by ``Database.open``. Never edit a released step: add one.

To change the schema: change ``tables.py``, add ``versions/v000N_word.py`` (explicit operations only, no import of our
code), add its number to REVISIONS, and keep a database of the schema before as SQL in ``tests/data/schemas/``.
``tests/contract/test_database.py`` fails until steps and tables agree on both databases.
"""

from __future__ import annotations

REVISIONS = ("0001",)
"""Every schema ever released, oldest first. A test holds this against the steps in ``versions/``."""

HEAD = REVISIONS[-1]
