"""Finds what lies where in a database that nobody documented: elements, persons, links, clocks, and how sure it is."""
