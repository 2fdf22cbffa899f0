"""`docs/screens/README.md`: what each picture shows, and how to take them again."""

from collections.abc import Iterable
from pathlib import Path

from tests.screens.camera import Look, all_looks

HEAD = """# Screens

Every screen and state of the console and the chat, at 1440×900 and 390×844, light and dark, in English and Chinese.
`make screens` takes them anew from a running demo; `make screens ARGS="console-offer login"` takes only some.
"""


def write(folder: Path, scenes: Iterable[tuple[str, str]]) -> None:
    """List every scene with its pictures; the light English desktop one is shown."""
    parts = [HEAD]
    for name, about in scenes:
        files = {look: look.file(name) for look in all_looks() if (folder / look.file(name)).exists()}
        if not files:
            continue
        first = next(iter(files.values()))
        links = " · ".join(f"[{_label(look)}]({file})" for look, file in files.items())
        parts.append(f"## {name}\n\n{about}. {links}\n\n![{about}]({first})\n")
    (folder / "README.md").write_text("\n".join(parts), "utf-8")


def _label(look: Look) -> str:
    language = {"en": "English", "zh-Hans": "中文"}[look.locale]
    return f"{look.screen.name} {look.scheme} {language}"
