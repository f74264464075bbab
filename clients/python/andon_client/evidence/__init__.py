"""The evidence of one decision for an auditor: collected, checked, and written as one page or one JSON document.

`collect` reads what the server has, `checked` recomputes whatever can be recomputed, `page` makes the HTML of it.
"""
