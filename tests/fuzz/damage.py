"""Damage to bytes, as copies, disks and malice do it."""

from random import Random


def damage(data: bytes, draw: Random) -> bytes:
    """One to four times over."""
    for _ in range(draw.randint(1, 4)):
        data = draw.choice((flip, cut, drop, repeat, overwrite, insert))(data, draw)
    return data


def flip(data: bytes, draw: Random) -> bytes:
    held = bytearray(data)
    for _ in range(draw.choice((1, 3, 30))):
        if held:
            held[place(data, draw) % len(held)] ^= 1 << draw.randrange(8)
    return bytes(held)


def place(data: bytes, draw: Random) -> int:
    """Heads and tails are where formats keep their tables."""
    size = max(1, len(data))
    return draw.choice(
        (draw.randrange(size), draw.randrange(min(size, 200)), size - 1 - draw.randrange(min(size, 200)))
    )


def cut(data: bytes, draw: Random) -> bytes:
    return data[: place(data, draw)]


def drop(data: bytes, draw: Random) -> bytes:
    at = place(data, draw)
    return data[:at] + data[at + draw.choice((1, 4, 1000)) :]


def repeat(data: bytes, draw: Random) -> bytes:
    first, last = sorted((place(data, draw), place(data, draw)))
    return data[:last] + data[first:]


def overwrite(data: bytes, draw: Random) -> bytes:
    at = place(data, draw)
    new = draw.choice((b"\0" * 8, b"\xff" * 8, b"\x7f\xff\xff\xff", draw.randbytes(64), b"\x80" * 300))
    return data[:at] + new + data[at + len(new) :]


def insert(data: bytes, draw: Random) -> bytes:
    at = place(data, draw)
    return data[:at] + draw.choice((b"\0", draw.randbytes(7), b"{" * 50)) + data[at:]
