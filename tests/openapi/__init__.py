"""What vendors publish of their APIs, as facts, and the answers of sandboxes held against it."""
