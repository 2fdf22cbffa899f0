"""Whatever the flow and whatever is written: no error, an end to every turn, the same again."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.flows.acts import Close, Escalate, Say, Switch
from hub.flows.engine import MAX_NODES_PER_TURN, consume, form, start, stop, summary
from hub.flows.lint import lint
from hub.flows.runs import AttachmentFact, InboundFact, RunState, Step
from hub.flows.schema import LANGUAGES, Flow
from tests.hub.flows.samples import TODAY

NAMES = ("a", "b", "c", "d", "nowhere")
SLOTS = ("one", "two", "three")
node_names, slots = st.sampled_from(NAMES), st.sampled_from(SLOTS)
words = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["{one}", "skip", "yes", "1", "23 Nov", "明天", "１２３４", "{", "\ud800", "a@b.org", "我的卡"]),
)
texts = st.dictionaries(st.sampled_from(LANGUAGES), words, max_size=3)
bounds = st.one_of(st.none(), st.integers(-5, 5000), st.sampled_from(["today", "2026-12-01", "soon", "1e999"]))
options = st.lists(
    st.fixed_dictionaries(
        {"value": st.sampled_from(["yes", "no", "card", "x"]), "label": texts},
        optional={"next": node_names, "also": st.just({"en": ["one", "two"]})},
    ),
    min_size=1,
    max_size=4,
)
says = st.fixed_dictionaries({"kind": st.just("say"), "text": texts, "next": node_names})
asks = st.fixed_dictionaries(
    {
        "kind": st.just("ask"),
        "slot": slots,
        "type": st.sampled_from(["text", "number", "date", "digits", "choice", "photo", "phone", "email"]),
        "label": texts,
        "text": texts,
        "next": node_names,
        "min": bounds,
        "max": bounds,
        "sensitive": st.booleans(),
        "mask": st.one_of(st.none(), st.integers(0, 8)),
        "optional": st.booleans(),
    },
    optional={
        "again": texts,
        "cannot": node_names,
        "digits": st.integers(1, 6),
        "last": st.booleans(),
        "tries": st.integers(1, 4),
        "pattern": st.sampled_from(["A-99", "**", ""]),
        "options": options,
    },
)
choices = st.fixed_dictionaries(
    {"kind": st.just("choice"), "slot": slots, "label": texts, "text": texts, "options": options},
    optional={"again": texts, "next": node_names, "tries": st.integers(1, 4)},
)
cases = st.fixed_dictionaries(
    {"slot": slots, "op": st.sampled_from(["equals", "in", "exists", "less", "more"]), "next": node_names},
    optional={"value": st.one_of(bounds, st.lists(st.sampled_from(["yes", "5"]), max_size=2))},
)
branches = st.fixed_dictionaries(
    {"kind": st.just("branch"), "cases": st.lists(cases, min_size=1, max_size=3), "otherwise": node_names}
)
ends = st.one_of(
    st.fixed_dictionaries({"kind": st.just("close"), "text": texts}),
    st.fixed_dictionaries({"kind": st.just("flow"), "flow": st.just("other")}),
    st.fixed_dictionaries(
        {
            "kind": st.just("hand_over"),
            "reason": texts,
            "needs": st.lists(
                st.fixed_dictionaries({"tag": st.just("tag"), "label": texts, "slot": st.one_of(st.none(), slots)}),
                max_size=2,
            ),
        }
    ),
)
flows = st.fixed_dictionaries(
    {
        "id": st.just("made"),
        "version": st.just(1),
        "title": texts,
        "start": node_names,
        "nodes": st.dictionaries(
            st.sampled_from(NAMES[:-1]), st.one_of(says, asks, choices, branches, ends), min_size=1
        ),
    }
).map(Flow.model_validate)
files = st.builds(AttachmentFact, st.just("att_1"), st.sampled_from(["image/png", "application/pdf", ""]))
messages = st.builds(
    InboundFact,
    entry_id=st.just("ent_1"),
    text=words,
    today=st.just(TODAY),
    attachments=st.lists(files, max_size=2).map(tuple),
    answers=st.dictionaries(slots, words, max_size=2),
)
talks = st.lists(messages, max_size=12)
languages = st.sampled_from(LANGUAGES)


def steps(told: Flow, language: str, talk: list[InboundFact]) -> list[Step]:
    made = [start(told, language, "ent_0")]  # type: ignore[arg-type]
    for said in talk:
        made.append(consume(told, made[-1].run, said))
    return made


@settings(max_examples=400, deadline=None)
@given(flows, languages, talks)
def test_every_turn_ends_with_a_question_or_an_end(told: Flow, language: str, talk: list[InboundFact]) -> None:
    for step in steps(told, language, talk):
        assert len(step.acts) <= 2 * MAX_NODES_PER_TURN + 5
        ending = [act for act in step.acts if isinstance(act, Escalate | Close | Switch)]
        if not step.acts:
            assert step.run.state != "active"
        elif step.run.state == "active":
            last = step.acts[-1]
            assert isinstance(last, Say)
            assert last.ask is not None
            assert last.node == step.run.node
            assert not ending
        else:
            assert ending == [step.acts[-1]]
            assert isinstance(ending[0], Escalate) == (step.run.state == "escalated")


@settings(max_examples=200, deadline=None)
@given(flows, languages, talks)
def test_the_same_talk_gives_the_same_steps_also_through_the_store(
    told: Flow, language: str, talk: list[InboundFact]
) -> None:
    made = steps(told, language, talk)

    run = made[0].run
    for said, step in zip(talk, made[1:], strict=True):
        stored = run.model_dump(mode="json")
        again = consume(Flow.model_validate(told.model_dump()), RunState.model_validate(stored), said)
        assert again == step
        run = again.run


@settings(max_examples=200, deadline=None)
@given(flows, languages, talks)
def test_a_question_is_left_only_with_an_answer_a_skip_or_for_people(
    told: Flow, language: str, talk: list[InboundFact]
) -> None:
    made = steps(told, language, talk)

    for before, after in pairwise(made):
        if before.run.state != "active" or after.run.state == "escalated" or after.run.tries:
            continue
        node = told.nodes[before.run.node]
        may_skip = getattr(node, "optional", False) or getattr(node, "cannot", None)
        early_photo = after.run.spare is not None and before.run.spare is None
        assert may_skip or early_photo or getattr(node, "slot", "") in after.run.slots


@settings(max_examples=200, deadline=None)
@given(flows, languages, talks)
def test_every_run_can_be_shown_stopped_and_linted(told: Flow, language: str, talk: list[InboundFact]) -> None:
    run = steps(told, language, talk)[-1].run

    for tag in LANGUAGES:
        assert len(form(told, run, tag).fields) == len(run.slots)
        assert isinstance(summary(told, run, tag), str)
    assert stop(told, run).run.state != "active"
    lint(told, ["made"])
