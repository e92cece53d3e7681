"""Ports for programs that are told which one to take. They lie above those that the system
hands out by itself, and above the servers' own, so that nobody is given one before its
program has started."""

import random
import socket


def free_port(*kinds):
    """Free for datagrams, or for these kinds of sockets."""
    while True:
        port = random.randrange(61_000, 65_400)
        try:
            for kind in kinds or (socket.SOCK_DGRAM,):
                with socket.socket(socket.AF_INET, kind) as probe:
                    probe.bind(("127.0.0.1", port))
            return port
        except OSError:
            continue


def free_port_for_both():
    """Free for UDP and for TCP."""
    return free_port(socket.SOCK_DGRAM, socket.SOCK_STREAM)
