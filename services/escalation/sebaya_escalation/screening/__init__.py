"""Where the screen runs: outside the event loop, in a process that can be cut."""
