"""Classes made of the heads of their methods."""


def made(**heads):
    """A class with these methods; each is 'parameters' or 'parameters: names that its body uses'."""
    lines = ["class Made:"]
    for name, head in heads.items():
        parameters, _, uses = head.partition(":")
        lines.append(f"    def {name}(self{', ' if parameters else ''}{parameters}):")
        lines.append(f"        return self, {uses.strip() or 'len'}")
    space = {}
    exec("\n".join(lines), space)
    return space["Made"]
