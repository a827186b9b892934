"""Attacks by a server and by a repository, each with real sockets, processes and files."""
