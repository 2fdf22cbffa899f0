"""The page about flows names everything an author of flows can write or see."""

import re
from pathlib import Path
from typing import get_args

import pytest

from hub.flows import acts, lint, schema

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/flows.md").read_text(encoding="utf-8")
NODES = (
    schema.SayNode,
    schema.AskNode,
    schema.ChoiceNode,
    schema.BranchNode,
    schema.HandOverNode,
    schema.CloseNode,
    schema.FlowNode,
)
MEMBERS = {name for node in (*NODES, schema.Option, schema.Case, schema.Flow) for name in node.model_fields}
CODES = set(re.findall(r'Finding\(\s*"([a-z_]+)"', Path(lint.__file__).read_text(encoding="utf-8")))
KINDS = {get_args(node.model_fields["kind"].annotation)[0] for node in NODES}
ACTS = {act.__name__ for act in get_args(acts.Act)}


@pytest.mark.parametrize(
    "name", sorted(KINDS | CODES | ACTS | set(get_args(schema.SlotType)) | set(get_args(acts.NoteEvent)))
)
def test_every_name_is_on_the_page(name: str) -> None:
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize("name", sorted(MEMBERS - {"kind"}))
def test_every_member_is_on_the_page(name: str) -> None:
    assert re.search(rf"`{name}`", PAGE)
