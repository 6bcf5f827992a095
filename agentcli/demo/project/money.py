"""Amounts of money as text."""


def in_words(cents):
    """Cents with the currency, always with two digits after the point: 1250 is "12.50 EUR"."""
    return f"{cents / 100} EUR"
