"""How fast Reconciler is, beside the least that its work can cost and beside terraform: `make bench`."""
