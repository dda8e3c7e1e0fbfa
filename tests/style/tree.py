"""The project's own text files, without what was built, installed or taken from others."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOT_OURS = {".git", "build", "dist", ".venv", ".azurite", ".cache", "__pycache__"}
CODE = {".h", ".cc"}


def files(root=ROOT, suffixes=None):
    """Paths relative to `root`, in order."""
    for directory, subdirectories, names in os.walk(root):
        subdirectories[:] = sorted(set(subdirectories) - NOT_OURS)
        for name in sorted(names):
            path = (pathlib.Path(directory) / name).relative_to(root)
            if name == ".git" or path.parts[:2] == ("tests", "data") or path.parts[:2] == ("fuzz", "seeds"):
                continue
            if suffixes is None or path.suffix in suffixes:
                yield path
