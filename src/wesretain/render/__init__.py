"""Values → text: tables, JSON, CSV, annotations. Nothing here decides anything."""
