"""The outside world hears us: Slack, email, terminal."""
