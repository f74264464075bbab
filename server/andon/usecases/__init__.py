"""What Andon does for its callers, one verb a file. Knows domain, policies and the store's port; no gRPC, no SQL."""
