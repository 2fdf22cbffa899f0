"""One package per channel. Of the hub they know `hub.ports` and `hub.errors` only; see docs/channels/README.md."""
