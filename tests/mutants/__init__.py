"""Changes the rules at random and counts how many changes the unit tests see."""
