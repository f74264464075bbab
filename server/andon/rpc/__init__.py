"""The gRPC edge: thin endpoints, conversion, errors, and the stages every call goes through."""
