"""A shopping basket. Prices are in cents."""


class Basket:
    def __init__(self):
        self.lines = {}

    def add(self, name, price, count=1):
        """Put `count` pieces into the basket; the same name again adds to what is there."""
        self.lines[name] = (price, count)

    def total(self):
        """What all pieces cost together."""
        return sum(price * count for price, count in self.lines.values())
