"""The HTTP door: Connect and gRPC-Web for the whole contract, the reviewer's page, and what operators ask."""
