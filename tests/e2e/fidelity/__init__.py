"""Tables of HTTP exchanges by which the sandbox is held to real servers."""
