"""Background duties: one small class each, with a callable single step. A Looper turns steps into a duty."""
