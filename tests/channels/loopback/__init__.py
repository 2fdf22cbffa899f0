"""The loopback channel: recorded requests, a provider to talk to, end to end over HTTP."""
