"""Matching: a trained peer supporter is found for a case."""
