"""Real components for tests, benchmarks and torture: PostgreSQL, Redis, Chromium, ports, waiting."""
