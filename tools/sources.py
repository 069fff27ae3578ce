"""What the lint tools share: which files are ours, and C text with its comments told apart."""

import os
import re
import subprocess
from pathlib import Path

# Given to us or arbitrary by purpose: their bytes are no style of ours.
FOREIGN = ("tests/fuzz/corpus/", "tests/vectors/")
NOT_WALKED = {".git", ".cache", "build", "node_modules", "__pycache__"}

COMMENT_OR_LITERAL = re.compile(
    r"""//(?:\\\n|[^\n])*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)


def sources(root):
    """Our files as sorted paths relative to root: what git tracks or would track. Where root is no
    git work tree (a release's archive): every file but what is built."""
    git = subprocess.run(["git", "-C", root, "rev-parse", "--show-toplevel"],
                         capture_output=True, text=True, check=False)
    if git.returncode == 0 and os.path.realpath(git.stdout.strip()) == os.path.realpath(root):
        listed = subprocess.run(["git", "-C", root, "ls-files", "-coz", "--exclude-standard"],
                                capture_output=True, text=True, check=True).stdout
        names = listed.split("\0")[:-1]
    else:
        names = []
        for folder, below, files in os.walk(root):
            below[:] = [name for name in below if name not in NOT_WALKED]
            names += [os.path.relpath(os.path.join(folder, name), root) for name in files]
    return sorted(Path(name) for name in set(names)
                  if not name.startswith(FOREIGN) and (root / name).is_file()
                  and not (root / name).is_symlink())


def line_at(text, offset):
    """The line number, from 1, of an offset."""
    return text.count("\n", 0, offset) + 1


def hide(text):
    """The text with everything but its newlines blank."""
    return re.sub(r"[^\n]", " ", text)


def without_comments(text):
    """C text with its comments blank; offsets stay."""
    return COMMENT_OR_LITERAL.sub(
        lambda m: m[0] if m[0][0] in "\"'" else hide(m[0]), text)


def without_literals(text):
    """C text with the inside of its strings and characters blank; offsets stay."""
    return COMMENT_OR_LITERAL.sub(
        lambda m: m[0][0] + hide(m[0][1:-1]) + m[0][-1] if m[0][0] in "\"'" else m[0], text)


def comment_blocks(text):
    """The comments of C text as (first line, last line, text, whether it has its lines to itself).
    Comments on adjacent lines of their own are one block."""
    blocks = []
    end = 0
    for m in COMMENT_OR_LITERAL.finditer(text):
        if m[0][0] in "\"'":
            continue
        first, last = line_at(text, m.start()), line_at(text, m.end())
        own = not text[text.rfind("\n", 0, m.start()) + 1:m.start()].strip()
        if blocks and blocks[-1][3] and re.fullmatch(r"[ \t]*\n?[ \t]*", text[end:m.start()]):
            blocks[-1] = (blocks[-1][0], last, blocks[-1][2] + "\n" + m[0], True)
        else:
            blocks.append((first, last, m[0], own))
        end = m.end()
    return blocks
