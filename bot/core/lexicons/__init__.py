"""Word lists and patterns, one data file per language; ``core/lexicon.py`` reads them."""
