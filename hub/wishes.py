"""Two wishes that are heard on every message, whatever a bot is doing: a person, or the end.

Rules, not a model: they work in many languages, at once, and always say the same. Reading is
one pass over the words with bounded looks around, so long messages cost no more than their length.
"""

import re
import unicodedata
from dataclasses import dataclass

from hub.wishes_words import CHINESE, END_WORDS, PHRASED, SPOKEN, Phrases, Words

_CLAUSE = re.compile(r"[.,;:!?\n\r()、。，；：！？…~—]+|\bbut\b|\bsino\b|\bsondern\b|\bmais\b|但是|而是")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_MERGED = re.compile(
    r"\bcustomer (?:service|support|care)\b|\bhelp ?desk\b|\bcall cent(?:er|re)\b"
    r"|\blive (?:chat|support)\b|\bservice client\b|\bkundenservice\b|\bkundendienst\b"
    r"|\batencion al cliente\b|\bservicio al cliente\b"
)
_QUOTES = str.maketrans("’‘ʼ´`", "'''''")
_REACH = 8  # words between the verb and the person
_BACK = 10  # words before the verb in which a "not" still governs it
_ALONE = 7  # words of a message that may be nothing but "a real person please"


def wants_person(text: str) -> bool:
    """Whether the message asks for a human being.

    Heard in English, Chinese (both scripts, Mandarin and Cantonese), Spanish, French, German,
    Portuguese, Italian, Dutch, Russian, Vietnamese, Indonesian, Japanese, Korean, Thai, Arabic
    and Hindi. "I don't want an agent", "an agent told me" and "travel agent fee" do not ask.
    """
    said = _plain(text)
    clauses = [clause for part in _CLAUSE.split(said) if (clause := part.strip())]
    return any(_phrased(clause) or _spoken(clause) for clause in clauses)


def wants_end(text: str) -> bool:
    """Whether the message says goodbye or asks to end the chat: it, and nothing else."""
    said = _plain(text)
    if len(said) > END_WORDS.longest:
        return False
    if END_WORDS.command.search(said):
        return END_WORDS.refusal.search(said) is None
    bare = " ".join(_WORD.findall(said))
    bare = " ".join(END_WORDS.polite.sub(" ", bare).split())
    return bare in END_WORDS.whole


def _plain(text: str) -> str:
    """Casefolded NFKC with straight apostrophes, and Latin letters without their marks."""
    said = unicodedata.normalize("NFKC", text.translate(_QUOTES)).casefold()
    if not said.isascii():
        parts = unicodedata.normalize("NFD", said)
        kept = (c for c in parts if not "\u0300" <= c <= "\u036f")
        said = unicodedata.normalize("NFC", "".join(kept)).replace("đ", "d")
    return _MERGED.sub("helpdesk", said)


def _phrased(clause: str) -> bool:
    """Languages without spaces, or with endings on every word: by phrases."""
    if clause.isascii():
        return False
    return _chinese(clause) or any(_asks(phrases, clause) for phrases in PHRASED)


def _asks(phrases: Phrases, clause: str) -> bool:
    found = phrases.wish.search(clause)
    return found is not None and phrases.refusal.search(clause) is None


def _chinese(clause: str) -> bool:
    if CHINESE.against_bot.search(clause) or CHINESE.alone.fullmatch(clause):
        return True
    for match in CHINESE.wish.finditer(clause):
        before = clause[max(0, match.start() - 12) : match.start()]
        if not CHINESE.refusal.search(before):
            return True
    return False


def _spoken(clause: str) -> bool:
    words = _WORD.findall(clause)
    if not words:
        return False
    return any(_asked(words, language) for language in SPOKEN)


@dataclass(frozen=True, slots=True)
class _Found:
    at: int
    end: int


def _asked(words: list[str], language: Words) -> bool:
    if len(words) <= _ALONE and _is_alone(words, language):
        return True
    for index, word in enumerate(words):
        if word in language.strong or word in language.weak:
            if _hears_bot(words, index, language):
                return True
            found = _person_after(words, index, language)
            if found and not _refused(words, found.at, language):
                return True
        if language.verb_last and word in language.strong:
            found = _person_before(words, index, language)
            if found and not _refused_near(words, found, language):
                return True
    return False


def _is_alone(words: list[str], language: Words) -> bool:
    """Nothing but "agent", "a real person please", "no bots"."""
    people = language.people | language.teams
    if any(word in people for word in words):
        return all(word in people or word in language.between for word in words)
    return words[0] in language.no and any(word in language.bots for word in words[1:3])


def _person_after(words: list[str], at: int, language: Words) -> _Found | None:
    """A person named after the verb with only small words between."""
    people = language.people | language.teams if words[at] in language.strong else language.people
    for index in range(at + 1, min(at + 1 + _REACH, len(words))):
        word = words[index]
        if word in people:
            following = words[index + 1] if index + 1 < len(words) else ""
            if following in language.people:  # "human agent": the last of them counts
                continue
            return None if following in language.not_after else _Found(at, index)
        if word not in language.between and word not in people:
            return None
    return None


def _person_before(words: list[str], at: int, language: Words) -> _Found | None:
    """German and Dutch put the verb last: "mit einem Menschen sprechen"."""
    for index in range(at - 1, max(-1, at - 1 - _REACH), -1):
        if words[index] in language.people | language.teams:
            return _Found(index, at)
        if words[index] not in language.between:
            return None
    return None


def _refused(words: list[str], at: int, language: Words) -> bool:
    """Whether a "not" governs the verb: only words of wishing stand between them."""
    if words[at] in language.no:
        return True
    for index in range(at - 1, max(-1, at - 1 - _BACK), -1):
        if words[index] in language.no:
            asked = words[index - 1] if index else ""
            return asked not in language.why
        if words[index] not in language.wishing:
            return False
    return False


def _refused_near(words: list[str], found: _Found, language: Words) -> bool:
    window = words[max(0, found.at - _BACK) : found.end + 3]
    return any(word in language.no for word in window)


def _hears_bot(words: list[str], at: int, language: Words) -> bool:
    """A refusal of the bot is a wish for a person: "I don't want to talk to a robot"."""
    for index in range(at + 1, min(at + 1 + _REACH, len(words))):
        if words[index] in language.bots:
            return _refused(words, at, language)
        if words[index] not in language.between:
            return False
    return False
