import unittest

from basket import Basket


class BasketTest(unittest.TestCase):
    def test_total_counts_every_piece(self):
        basket = Basket()
        basket.add("pen", 120, 2)
        basket.add("book", 999)
        self.assertEqual(basket.total(), 1239)

    def test_adding_the_same_name_again_adds_up(self):
        basket = Basket()
        basket.add("pen", 120)
        basket.add("pen", 120, 2)
        self.assertEqual(basket.total(), 360)


if __name__ == "__main__":
    unittest.main()
