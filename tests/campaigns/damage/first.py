"""The first set of damages, as it was: that of the tests of `mnist` for data, and these for files of our own."""

from collections.abc import Callable, Mapping
from random import Random

DATA = ("idx", "idx.gz", "npz", "pkl.gz")


def damaged(form: str, files: Mapping[str, bytes], index: int, seed: int) -> tuple[str, dict[str, bytes]]:
    """The name of the damage and the files after it."""
    if form in DATA:
        from fuzz_mutations import case  # beside the tests of mnist

        how, changed = case(form, index, seed)
        return how, dict(changed)
    ((name, content),) = files.items()
    return "bytes", {name: mutant(content, Random(f"{form}:{index}:{seed}"))}


def mutant(content: bytes, random: Random) -> bytes:
    """Another file than `content`."""
    a, b = sorted(random.sample(range(len(content) + 1), 2))
    c = random.randrange(len(content))
    ways: list[Callable[[], bytes]] = [
        lambda: content[:c] + bytes([content[c] ^ 1 << random.randrange(8)]) + content[c + 1 :],
        lambda: content[:c] + random.randbytes(1) + content[c + 1 :],
        lambda: content[:a],
        lambda: content[a:],
        lambda: content[:a] + content[b:],
        lambda: content[:b] + content[a:],
        lambda: content[:a] + bytes(b - a) + content[b:],
        lambda: content[:a] + content[a:b][::-1] + content[b:],
        lambda: content[:c] + random.randbytes(1 + random.randrange(30)) + content[c:],
        lambda: content + content,
        lambda: content + content[a:],
        lambda: content[:a] + content,
    ]
    while True:
        changed = random.choice(ways)()
        if changed != content:
            return changed
