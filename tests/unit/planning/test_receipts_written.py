"""A receipt is read as it was written, whichever way its values took."""

from __future__ import annotations

import json

import pytest

from reconciler.model import Action, Address, Change, Json, Outcome, Status
from reconciler.planning import receiptfile
from reconciler.planning.receipts import Author, Deed, Ending, Image, Ownership, Receipt, Result

ONE, OTHER = Address("chat", "Model", "one"), Address("chat", "Model", "other")


@pytest.mark.parametrize("value", ["text", None, True, 1, 1.5, 1e-7, 2**63, 2**70, [{"b": [], "a": "ü"}]], ids=repr)
def test_what_is_written_is_read(value: Json) -> None:
    deed = Deed(
        Action.UPDATE,
        ONE,
        "openwebui",
        "manifest changed",
        (Change("params.x", None, value),),
        Image("one", {"z": value, "a": {}}, ("secret",)),
        Ownership(("params.x",), (OTHER,), protect=True),
    )
    receipt = Receipt("2026-01-01T00:00:00+00:00", Author("me@here"), "fingerprint", (deed,))
    written = receiptfile.dump(receipt)
    assert receiptfile.parse(written, Receipt, "r") == receipt
    document = json.loads(written)
    assert written.endswith(b"}\n")
    assert written == receiptfile.dump(receiptfile.parse(written, Receipt, "r"))
    assert list(document["content"]) == sorted(document["content"])
    assert list(document["content"]["deeds"][0]["before"]["body"]) == ["a", "z"]


def test_an_ending_is_read_as_it_was_written() -> None:
    done = Result(Outcome(ONE, Action.CREATE, Status.DONE, "one", seconds=0.25), Image("one", {"a": 1}))
    skipped = Result(Outcome(OTHER, Action.CREATE, Status.SKIPPED, None, "one did not succeed", cause=ONE))
    ending = Ending("2026-01-01T00:00:01+00:00", (done, skipped), interrupted=True)
    assert receiptfile.parse(receiptfile.dump(ending), Ending, "e") == ending
