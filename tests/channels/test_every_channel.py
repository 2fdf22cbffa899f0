"""No channel without its exam, its page and its row."""

import importlib
import pkgutil
from pathlib import Path

import pytest

from hub.ports import ChannelAdapter
from tests.channels.contract import AdapterExam

ROOT = Path(__file__).resolve().parents[2]
ADAPTERS: list[ChannelAdapter] = [
    importlib.import_module(f"channels.{found.name}").adapter()
    for found in pkgutil.iter_modules([str(ROOT / "channels")])
    if found.ispkg
]


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.name)
def test_every_adapter_sits_the_exam(adapter: ChannelAdapter) -> None:
    exam = importlib.import_module(f"tests.channels.{adapter.name}.test_exam")

    candidates = [each.candidate.adapter for each in vars(exam).values() if _is_exam(each)]
    assert [type(each) for each in candidates] == [type(adapter)]


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.name)
def test_every_adapter_has_a_page_and_a_row_that_tells_its_receipts(adapter: ChannelAdapter) -> None:
    table = (ROOT / "docs/channels/README.md").read_text(encoding="utf-8").splitlines()

    rows = [line for line in table if f"({adapter.name}.md)" in line]
    assert (ROOT / f"docs/channels/{adapter.name}.md").is_file()
    assert len(rows) == 1
    assert all(receipt in rows[0] for receipt in adapter.capabilities.receipts)


def _is_exam(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, AdapterExam) and value is not AdapterExam
