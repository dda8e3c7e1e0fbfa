"""What a command line of docker says."""

from engine import Failed


def options(name, arguments, flags=(), values=()):
    """({option: [its values], flag: True}, what is left). What docker has, and this has not, is refused, too."""
    found, rest = {}, []
    arguments = list(arguments)
    while arguments:
        word = arguments.pop(0)
        option, equals, value = word.partition("=")
        if word == "--":
            rest += arguments
            break
        if not word.startswith("-") or word == "-":
            rest.append(word)
            if name in ("run", "create"):  # What comes after the image is the container's.
                rest += arguments
                break
        elif option in values:
            if not equals and not arguments:
                raise Failed(f"flag needs an argument: {option}\n\nUsage:  docker {name} [OPTIONS]", 125)
            found.setdefault(option, []).append(value if equals else arguments.pop(0))
        elif word in flags:
            found[word] = True
        else:
            raise Failed(f"unknown flag: {option}\n\nUsage:  docker {name} [OPTIONS]", 125)
    return found, rest


def want(name, rest, count, text):
    if len(rest) != count:
        raise Failed(f"docker: 'docker {name}' requires {text}\n\nUsage:  docker {name} [OPTIONS]")
