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

    def test_discount_is_taken_from_the_total(self):
        basket = Basket()
        basket.add("book", 1000)
        self.assertEqual(basket.discount(15), 850)


if __name__ == "__main__":
    unittest.main()
