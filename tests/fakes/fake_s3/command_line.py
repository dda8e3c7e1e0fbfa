"""What the fakes of all services take on their command lines."""

import argparse
import dataclasses

REGIONS = ["us-east-1", "us-west-2", "eu-central-1"]


def make_parser(program, description, settings):
    """`settings` is a dataclass, of which each field is an option."""
    parser = argparse.ArgumentParser(prog=program, description=description)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--key", action="append", required=True, help="ACCESS_KEY:SECRET or ACCESS_KEY:SECRET:TOKEN")
    parser.add_argument("--region", action="append", help="where the service is; the first is the nearest")
    for field in dataclasses.fields(settings):
        parser.add_argument("--" + field.name.replace("_", "-"), type=type(field.default), default=field.default)
    return parser


def keys_of(options):
    """Secret and token, or None, by access key."""
    keys = {}
    for text in options.key:
        name, secret, *token = text.split(":")
        keys[name] = (secret, token[0] if token else None)
    return keys


def settings_of(options, settings):
    return settings(**{field.name: getattr(options, field.name) for field in dataclasses.fields(settings)})
