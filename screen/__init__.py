"""The screen's corpus, and the training of its second stage from it (`make screen-model`)."""
