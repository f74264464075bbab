"""Andon on real decisions: the German credit data, a model, a policy, and people who are simulated."""
