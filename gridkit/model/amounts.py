"""How is an amount written in a sentence? With the digits that mean something."""

from __future__ import annotations


def amount_text(value: float) -> str:
    """Write an amount with four significant digits; from a thousand on as a whole number.

    Examples
    --------
    >>> amount_text(4910.08), amount_text(105163.4), amount_text(99.98765), amount_text(0.0123456)
    ('4,910', '105,163', '99.99', '0.01235')
    """
    whole = f"{value:,.0f}"
    return whole if abs(value) >= 1000 else f"{float(f'{value:.4g}'):,.6g}"
