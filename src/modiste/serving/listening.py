"""The socket that the service listens on, and how many connections the system allows."""

from __future__ import annotations

import errno
import ipaddress
import socket
from contextlib import suppress

from modiste.errors import Misuse

BACKLOG = 1024
SPARE_FILES = 200  # for the catalogue, photographs, the database and the rest of the process


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any free one.

    Raises:
        Misuse: the port is taken or not allowed, or the host is not one of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise Misuse(f"--host {host}: no such host; 127.0.0.1 is this machine alone.") from error
    try:
        # A service that was killed leaves its port in a state that would hold it for a minute.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        raise Misuse(_why_not(error, host, port)) from error
    return listening


def is_loopback(host: str) -> bool:
    """Whether only this machine can call a service that listens on `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def url_of(listening: socket.socket) -> str:
    """The address to give to a browser on this machine."""
    host, port = listening.getsockname()[:2]
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)
    return f"http://{f'[{name}]' if ':' in name and '[' not in name else name}:{port}"


def allowed_connections(wished: int) -> int:
    """How many connections to take: `wished`, or what the system's limit of open files leaves."""
    with suppress(ImportError):  # not on Windows
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = wished + SPARE_FILES
        if soft < wanted:
            soft = min(wanted, hard)
            with suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return max(10, min(wished, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - SPARE_FILES))
    return wished


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is in use; give another with --port, or --port 0 for any that "
            "is free."
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Port {port} is not open to this user; give one above 1023 with --port."
    return f"Cannot listen on {host}, port {port}: {error.strerror or error}; see --host."
