import unittest

from money import in_words


class MoneyTest(unittest.TestCase):
    def test_two_digits_after_the_point(self):
        self.assertEqual(in_words(1250), "12.50 EUR")

    def test_less_than_one(self):
        self.assertEqual(in_words(5), "0.05 EUR")


if __name__ == "__main__":
    unittest.main()
