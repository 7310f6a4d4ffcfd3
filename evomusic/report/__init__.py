"""The report of a study: one page that needs no network, and the melodies as files."""

from evomusic.report.export import export_melodies
from evomusic.report.page import page, write_report

__all__ = ["export_melodies", "page", "write_report"]
