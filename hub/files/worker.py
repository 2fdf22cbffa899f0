"""The process that looks at files, one after the other, until its standard input ends. Started by `FilePool`."""

import json
import resource
import sys

from hub.errors import TooLarge, UnsupportedMedia
from hub.files.inspecting import inspect
from hub.files.wire import packed_error, packed_facts

MAX_MEMORY = 1024**3


def main() -> None:
    """Answer requests; a file that is too much ends as a refusal or, at worst, as the end of this process."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while line := source.readline():
        head = json.loads(line)
        data = source.read(head["bytes"])
        try:
            answer = packed_facts(inspect(head["name"], data, max_bytes=head["max_bytes"]))
        except (TooLarge, UnsupportedMedia) as refusal:
            answer = packed_error(refusal)
        except MemoryError:
            answer = packed_error(TooLarge("the file needs too much memory"))
        sink.write(answer)
        sink.flush()


if __name__ == "__main__":
    main()
