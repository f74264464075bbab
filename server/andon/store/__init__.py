"""Where everything is kept. `port` says what a store does; each engine has a package of its own."""
