"""The published language of Sebaya: events, topics and their envelope."""
