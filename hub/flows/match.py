"""Which flow a first message asks for, by the flows' trigger phrases."""

import re
from collections.abc import Iterable

from hub.flows.schema import LANGUAGES, Flow, Language
from hub.flows.words import MAX_READ, contains_phrase, has_han, normalise

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_EXACT = 1000  # the button's own words, or its id
_TOGETHER = 3  # per sign, when the phrase stands as written
_SCATTERED = 2  # per sign, when only its words are all there
_OWN_LANGUAGE = 1  # breaks ties in favour of the customer's language


def match(flows: Iterable[Flow], text: str, language: Language) -> Flow | None:
    """Give the flow the text asks for; None if no trigger phrase fits, or two fit equally.

    A phrase of several words fits when all of them are there, in any order: Chinese words as
    parts of the text, others as whole words. Longer phrases count more, phrases as written more
    than scattered ones. Triggers of every language are tried: people mix them.
    """
    found = ((score(flow, text, language), flow) for flow in flows)
    scores = sorted(found, key=lambda pair: (-pair[0], pair[1].id))
    if not scores or scores[0][0] == 0:
        return None
    if len(scores) > 1 and scores[0][0] == scores[1][0]:
        return None
    return scores[0][1]


def score(flow: Flow, text: str, language: Language) -> int:
    """How well the best phrase of the flow fits the text; 0 is not at all."""
    said = normalise(text[:MAX_READ])
    if not said:
        return 0
    names = {normalise(name) for name in (*flow.title.values(), *flow.suggestion.values())}
    if said == flow.id or said in names:
        return _EXACT
    words = set(_WORD.findall(said))
    best = 0
    for tag in LANGUAGES:
        own = _OWN_LANGUAGE if tag == language else 0
        for phrase in flow.triggers.get(tag, ()):
            points = _fit(normalise(phrase), said, words)
            best = max(best, points + own if points else 0)
    return best


def _fit(phrase: str, said: str, words: set[str]) -> int:
    parts = phrase.split()
    weight = sum(len(part) * (3 if has_han(part) else 1) for part in parts)
    if contains_phrase(said, phrase):
        return weight * _TOGETHER
    there = (part in said if has_han(part) else part in words for part in parts)
    return weight * _SCATTERED if parts and all(there) else 0
