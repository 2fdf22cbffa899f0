"""File names made fit for screens and for the disks of those who download."""

import unicodedata

MAX_LENGTH = 120
MAX_SUFFIX = 16
_FALLBACK = "file"
_UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}  # control, bidi and zero width, surrogates, line ends
_FORBIDDEN = str.maketrans(dict.fromkeys('<>:"|?*', "_"))  # on Windows
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


def display_name(name: str) -> str:
    """The last part of a name, without what cannot be seen, at most 120 characters; never empty, never hidden."""
    seen = "".join(char for char in unicodedata.normalize("NFC", name) if unicodedata.category(char) not in _UNSEEN)
    last = seen.replace("\\", "/").rstrip("/").rpartition("/")[2]
    tidy = " ".join(last.translate(_FORBIDDEN).split()).lstrip(". ").rstrip(". ")
    if tidy.partition(".")[0].lower() in _DEVICES:
        tidy = f"_{tidy}"
    return shortened(tidy) or _FALLBACK


def shortened(name: str) -> str:
    """At most 120 characters, the suffix kept when it is one."""
    stem, dot, suffix = name.rpartition(".")
    if len(name) <= MAX_LENGTH or not dot or len(suffix) > MAX_SUFFIX:
        return name[:MAX_LENGTH].rstrip(". ")
    return stem[: MAX_LENGTH - len(suffix) - 1].rstrip(". ") + "." + suffix


def with_suffix(name: str, suffix: str, others: frozenset[str]) -> str:
    """The name with the suffix its bytes deserve; one of `others` is replaced, any other end stays before it."""
    stem, dot, end = name.rpartition(".")
    if dot and end.lower() == suffix:
        return name
    return shortened(f"{stem if dot and end.lower() in others else name}.{suffix}")
