"""The report: one page that holds a whole study and asks no other place for anything.

`overview` and `sections` say what stands in it, as values; `document` makes the page of them, and
`alone` the page of one figure. What a
person wrote, or a job printed, reaches the page as escaped text or as data, never as markup or code.
"""

from tuner.report.page.alone import alone
from tuner.report.page.document import document
from tuner.report.page.given import Given
from tuner.report.page.sections import sections

__all__ = ["Given", "alone", "document", "sections"]
