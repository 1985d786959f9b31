"""Sections: one page per result, one file per section.

A page is headings, lines and tables; `report.page` prints it.
"""
