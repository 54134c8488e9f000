"""Tests of doc_commands.py, and of the page that it is for. Run with `python3 -m unittest discover tools`."""

import subprocess
import sys
import unittest
from pathlib import Path

from doc_commands import PageError, blocks

ROOT = Path(__file__).resolve().parent.parent
PAGE = """# A page

<!-- run: first -->
```sh
echo "one"   # a comment

echo two
```

```
an output
```

<!-- a comment -->
<!-- run: the-second -->
```sh
echo three
```
"""


class Blocks(unittest.TestCase):
    def test_named_blocks_are_found_in_order(self):
        expected = {"first": 'echo "one"   # a comment\n\necho two\n', "the-second": "echo three\n"}
        self.assertEqual(list(blocks(PAGE).items()), list(expected.items()))

    def test_what_is_wrong_is_told_with_its_line(self):
        for page, expected in [
            ("\n```sh\nls\n```\n", "line 2: expected a comment"),
            (PAGE + "<!-- run: first -->\n", "line 19: expected another name than 'first'"),
            ("<!-- run: a -->\n\n```sh\nls\n```\n", "line 2: expected commands behind the name 'a', found ''"),
            ("<!-- run: a -->\n```sh\nls\n", "expected the end of the last block"),
            ("<!-- run: a -->\n", "expected the end of the last block"),
        ]:
            with self.subTest(page=page), self.assertRaisesRegex(PageError, expected):
                blocks(page)


class Command(unittest.TestCase):
    def run_on_page(self, *arguments):
        command = [sys.executable, ROOT / "tools/doc_commands.py", *arguments]
        return subprocess.run(command, input=PAGE, check=False, capture_output=True, text=True)

    def test_it_prints_the_commands_of_a_block(self):
        self.assertEqual(self.run_on_page("the-second").stdout, "echo three\n")
        self.assertEqual(self.run_on_page("--list").stdout, "first\nthe-second\n")

    def test_an_unknown_name_is_an_error(self):
        answer = self.run_on_page("third")
        self.assertEqual(answer.stderr, "doc_commands.py: expected one of first, the-second; found 'third'\n")
        self.assertEqual((answer.stdout, answer.returncode), ("", 1))


class Installation(unittest.TestCase):
    def test_every_block_of_commands_has_a_name_and_is_shell(self):
        found = blocks((ROOT / "docs/installation.md").read_text())
        self.assertGreater(len(found), 0)
        for name, commands in found.items():
            with self.subTest(name):
                check = subprocess.run(["sh", "-n"], input=commands, check=False, capture_output=True, text=True)
                self.assertEqual((check.stderr, check.returncode), ("", 0))


if __name__ == "__main__":
    unittest.main()
