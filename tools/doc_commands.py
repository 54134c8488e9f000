#!/usr/bin/env python3
"""The shell commands of a page of the documentation, so that tests run what readers are told to run.

    tools/doc_commands.py NAME < docs/installation.md
    tools/doc_commands.py --list < docs/installation.md

A block of commands is fenced with ```sh, and a comment right before it names it:

    <!-- run: activate -->
    ```sh
    oarnotify --add-queue default,2,kamelot
    ```

Every such block must have a name, and no two the same.
"""

import re
import sys

NAME = re.compile(r"<!-- run: (?P<name>[a-z0-9-]+) -->")


class PageError(Exception):
    """Something on the page is not as it should be."""


def blocks(page):
    """The blocks of commands of a page by their names, in its order."""
    found = {}
    name, fence, commands = None, None, []
    for number, line in enumerate(page.splitlines(), start=1):
        if fence is not None:
            if line != "```":
                commands.append(line)
                continue
            if fence == "sh":
                found[name] = "".join(command + "\n" for command in commands)
            name, fence = None, None
        elif line.startswith("```"):
            fence, commands = line.removeprefix("```"), []
            if fence == "sh" and name is None:
                raise PageError(f"line {number}: expected a comment such as `<!-- run: activate -->` before the commands")
        elif match := NAME.fullmatch(line):
            name = match["name"]
            if name in found:
                raise PageError(f"line {number}: expected another name than {name!r}, which a block before has")
        elif name is not None:
            raise PageError(f"line {number}: expected commands behind the name {name!r}, found {line!r}")
    if fence is not None or name is not None:
        raise PageError("expected the end of the last block")
    return found


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    found = blocks(sys.stdin.read())
    name = sys.argv[1]
    if name == "--list":
        print("\n".join(found))
    elif name in found:
        print(found[name], end="")
    else:
        raise PageError(f"expected one of {', '.join(found)}; found {name!r}")


if __name__ == "__main__":
    try:
        main()
    except PageError as error:
        sys.exit(f"doc_commands.py: {error}")
