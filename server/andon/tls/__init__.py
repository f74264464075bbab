"""Transport security: the files it is made of, and what is told of them."""
