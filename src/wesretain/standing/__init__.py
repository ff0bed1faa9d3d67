"""Where every record stands: intent and schema become formulas, which both SQL and Python can decide."""
