"""Where the detector does not (yet) find what the definitions say, and why they say it.

Each of these histories is expected to fail, strictly: when one passes, its line has to go.
"""

from fnmatch import fnmatchcase

_ONE_ACT_ONE_ENTRY = "an entry is about one act: several acts are not one entry with the sum's kind"
_OTHERS_WORK = "nothing became of a sibling's work by an act that did not touch it"

DISPUTED = {
    "revert_after_an_amend-*": _ONE_ACT_ONE_ENTRY,
    "revert_and_reapply-*": _ONE_ACT_ONE_ENTRY,
    "drip_of_amends-*": _ONE_ACT_ONE_ENTRY,
    "rewritten_after_the_file_was_renamed-*": _ONE_ACT_ONE_ENTRY,
    "takeover_by_finishing-*": "first match wins: the takeover is not also an amend",
    "takeover_after_a_stop-*-shared": "others landing in between do not make it a discard",
    "format_by_*-shared": _OTHERS_WORK,
    "user_edit_of_everything-*-shared": _OTHERS_WORK,
    "move_to_another_file-*-shared": _OTHERS_WORK,
    "move_within_the_file-*": "units in another order are moved, not formatted or wired",
    "early_return_put_into_a_function-*": "functions are units by a hash of their whole syntax",
    "rebased_proposal_and_the_siblings_amended-*": "what came in by a rebase is the sibling's",
    "both_reverted_at_once-shell": "T0 is back entirely, so nothing of U can stand",
    "stop_before_anything_is_whole-python": "a loop without a body does not parse whole",
    "stop_before_anything_is_whole-go": "a function without its end does not parse whole",
    "stop_after_a_whole_test-typescript": "`test(...)` is how a test looks in TypeScript",
    "write_in_scope_that_costs_nothing-*": "an override is an act because of which work doesn't "
    "land as produced; this work does",
}


def dispute(variant: str) -> str | None:
    """Why the detector is not believed about this history; None where they agree."""
    return next((why for pattern, why in DISPUTED.items() if fnmatchcase(variant, pattern)), None)
