"""C7: the OFREP provider for Python, the strictest reader of answers there is."""

import os
import unittest

from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import Reason

USER = EvaluationContext("user-42")


class ProviderTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        api.set_provider_and_wait(OFREPProvider(os.environ["FLAGS_URL"]))
        cls.client = api.get_client()

    @classmethod
    def tearDownClass(cls):
        api.shutdown()

    def test_a_boolean_with_everything_about_the_decision(self):
        details = self.client.get_boolean_details("new_menu", False, USER)
        self.assertIsNone(details.error_message)
        self.assertIs(details.value, True)
        self.assertEqual(details.variant, "on")
        self.assertEqual(details.reason, Reason.STATIC)
        metadata = dict(details.flag_metadata)
        self.assertGreaterEqual(metadata.pop("revision"), 1)
        self.assertEqual(metadata, {"cause": "fallthrough", "owner": "growth", "priority": 3, "risk.level": "low"})

    def test_every_other_type(self):
        self.assertEqual(self.client.get_string_value("checkout", "none", USER), "classic")
        size = self.client.get_integer_value("page_size", 0, USER)
        self.assertEqual((size, type(size)), (25, int))
        # A float on the wire, or this client calls it a mismatch and uses the default.
        details = self.client.get_float_details("ratio", 0.25, USER)
        self.assertEqual((details.value, type(details.value), details.error_code), (1.0, float, None))
        theme = self.client.get_object_value("theme", {}, USER)
        expected = {
            "colors": {"text": "white", "back": "black"},
            "sizes": [1, 2, 3],
            "contrast": 1.5,
            "animated": False,
        }
        self.assertEqual(theme, expected)

    def test_targeting(self):
        dutch = EvaluationContext("user-42", {"country": "NL"})
        details = self.client.get_string_details("checkout", "none", dutch)
        self.assertEqual((details.value, details.reason), ("express", Reason.TARGETING_MATCH))
        self.assertEqual(details.flag_metadata["rule"], "benelux")
        large = EvaluationContext("user-42", {"plan": {"seats": 250}, "groups": ["beta", "ops"]})
        details = self.client.get_string_details("checkout", "none", large)
        self.assertEqual(details.flag_metadata["rule"], "large plans")

    def test_a_share_of_the_users(self):
        contexts = [EvaluationContext(f"user-{at}") for at in range(200)]
        first = [self.client.get_boolean_value("half", False, context) for context in contexts]
        self.assertTrue(60 < sum(first) < 140, f"{sum(first)} of 200")
        details = self.client.get_boolean_details("half", False, contexts[0])
        self.assertEqual((details.value, details.reason), (first[0], Reason.SPLIT))

    def test_an_unknown_flag(self):
        details = self.client.get_boolean_details("new_mneu", True, USER)
        self.assertIs(details.value, True)
        self.assertEqual((details.reason, details.error_code), (Reason.ERROR, ErrorCode.FLAG_NOT_FOUND))
        self.assertIn("did you mean `new_menu`", details.error_message)

    def test_a_key_with_a_slash_in_it(self):
        details = self.client.get_boolean_details("menu/new", True, USER)
        self.assertEqual((details.value, details.error_code), (True, ErrorCode.FLAG_NOT_FOUND))

    def test_another_type(self):
        details = self.client.get_string_details("new_menu", "none", USER)
        self.assertEqual((details.value, details.error_code), ("none", ErrorCode.TYPE_MISMATCH))

    def test_without_a_targeting_key_only_a_draw_fails(self):
        for context in [None, EvaluationContext(), EvaluationContext(attributes={"country": "DE"})]:
            details = self.client.get_boolean_details("half", True, context)
            self.assertEqual((details.value, details.error_code), (True, ErrorCode.TARGETING_KEY_MISSING))
            self.assertIn("targetingKey", details.error_message)
            self.assertEqual(self.client.get_string_value("checkout", "none", context), "classic")

    def test_off(self):
        details = self.client.get_boolean_details("banner", True, USER)
        self.assertEqual((details.value, details.reason, details.error_code), (False, Reason.DISABLED, None))

    def test_the_callers_default(self):
        details = self.client.get_string_details("retired", "mine", USER)
        self.assertEqual((details.value, details.reason, details.error_code), ("mine", Reason.DISABLED, None))


if __name__ == "__main__":
    unittest.main()
