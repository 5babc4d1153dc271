"""The operator's command: sebaya."""
