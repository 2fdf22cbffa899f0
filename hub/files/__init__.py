"""Files from outside: looked at in a process apart, never believed, pictures made anew.

What a file is called and claims to be decides nothing: the media type comes from the bytes, pictures are
decoded and written again without metadata, and all else is only ever given back as a download.
"""

from hub.files.facts import AGENT_BYTES, CUSTOMER_BYTES, FileFacts
from hub.files.names import display_name
from hub.files.pool import FilePool

__all__ = ["AGENT_BYTES", "CUSTOMER_BYTES", "FileFacts", "FilePool", "display_name"]
