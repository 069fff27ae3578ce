"""The documents made from the program's tables: default config, man pages, completions."""

import filecmp
import glob
import json
import os
import pty
import select
import shutil
import subprocess
import tempfile
import time
import unittest

DOCS = os.environ["LIQD_DOCS"]
LIQD = os.environ["LIQD"]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def run(*args, **more):
    return subprocess.run(args, text=True, capture_output=True, check=False, timeout=60, **more)


class Documents(unittest.TestCase):
    def test_default_config_is_up_to_date(self):
        self.assertTrue(filecmp.cmp(os.path.join(DOCS, "liqd.yaml"),
                                    os.path.join(ROOT, "config/liqd.yaml"), shallow=False),
                        "config/liqd.yaml is stale: "
                        "cmake --build --preset dev --target update_config")

    def test_man_pages_are_clean(self):
        pages = glob.glob(os.path.join(DOCS, "man[15]/*"))
        self.assertIn(os.path.join(DOCS, "man1/liqd-check.1"), pages)
        self.assertIn(os.path.join(DOCS, "man5/liqd.yaml.5"), pages)
        lint = run("mandoc", "-T", "lint", "-W", "warning", *pages)
        findings = [line for line in lint.stdout.splitlines() if "missing date" not in line]
        self.assertEqual(findings, [])

    def test_each_command_has_a_page(self):
        commands = run(LIQD, "--help").stdout.split("Commands:\n")[1].split("\n\n")[0]
        for line in commands.splitlines():
            if line[2] == " ":
                continue  # a wrapped line
            name = line[2:].split("  ")[0].strip().replace(" ", "-")
            self.assertTrue(os.path.exists(os.path.join(DOCS, f"man1/liqd-{name}.1")), name)

    def test_config_page_has_every_key(self):
        with open(os.path.join(DOCS, "man5/liqd.yaml.5"), encoding="utf-8") as f:
            page = f.read()
        check = run(LIQD, "check", "--json", "--config", os.path.join(ROOT, "config/liqd.yaml"))
        keys = json.loads(check.stdout)["keys"]
        self.assertGreater(len(keys), 5)
        for key in keys:
            entry = page.split(f".It Cm {key['key']}\n")[1].split(".It Cm")[0]
            if key["set"]["file"] is None and key["unit"] not in (
                    "B", "ns", "wei", "1e-18 USD"):  # base units here only
                value = f".Ql {key['value']} " if key["value"] else "Default: empty"
                self.assertIn(f"{value}.\n", entry)
        self.assertIn(".It Cm nodes.*.url\n", page)


class Completions(unittest.TestCase):
    def bash(self, *words):
        script = (f"source {DOCS}/liqd.bash; compopt() {{ :; }}; "
                  f"COMP_WORDS=({' '.join(repr(w) for w in words)}); "
                  f"COMP_CWORD={len(words) - 1}; _liqd; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
        done = run("bash", "--norc", "-c", script, cwd=os.path.join(ROOT, "config"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.split()

    def test_bash(self):
        self.assertEqual(self.bash("liqd", "ch"), ["check"])
        self.assertIn("--version", self.bash("liqd", ""))
        self.assertEqual(self.bash("liqd", "check", "--c"), ["--config"])
        self.assertIn("--help", self.bash("liqd", "check", ""))
        self.assertEqual(self.bash("liqd", "check", "--config", "li"), ["liqd.yaml"])

    def fish(self, line):
        script = f"source {DOCS}/liqd.fish; complete -C '{line}'"
        with tempfile.TemporaryDirectory() as home:
            done = run("fish", "--no-config", "-c", script, cwd=os.path.join(ROOT, "config"),
                       env={**os.environ, "HOME": home})
        self.assertEqual(done.stderr, "")
        return [entry.split("\t")[0] for entry in done.stdout.splitlines()]

    @unittest.skipUnless(shutil.which("fish"), "no fish here")
    def test_fish(self):
        self.assertEqual(self.fish("liqd ch"), ["check"])
        self.assertEqual(self.fish("liqd check --co"), ["--config"])
        self.assertIn("liqd.yaml", self.fish("liqd check --config li"))
        self.assertEqual(self.fish("liqd check --js"), ["--json"])

    def zsh(self, line):
        """Types LINE and a tab into an interactive zsh and returns what it then shows."""
        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(os.path.join(ROOT, "config"))
            os.environ.update(TERM="dumb", PS1="> ", COLUMNS="200")
            os.execlp("zsh", "zsh", "-f", "-i")
        out = b""

        def read_until(mark, seconds=20):
            nonlocal out
            end = time.monotonic() + seconds
            while mark not in out and time.monotonic() < end:
                if select.select([fd], [], [], 0.1)[0]:
                    out += os.read(fd, 65536)

        setup = (f"fpath=({os.path.dirname(self.zsh_file())} $fpath); autoload -Uz compinit; "
                 "compinit -u -D; unsetopt zle_bracketed_paste; print re''ady\n")
        os.write(fd, setup.encode())
        read_until(b"ready")
        out = b""
        os.write(fd, line.encode() + b"\t")
        time.sleep(0.2)
        os.write(fd, b" \x01print -r -- 'got:\x05:end'\n")
        read_until(b":end\r")  # what is typed has a quote there
        os.close(fd)
        os.waitpid(pid, 0)
        return out.decode(errors="replace")

    def zsh_file(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        shutil.copy(os.path.join(DOCS, "liqd.zsh"), os.path.join(folder, "_liqd"))
        return os.path.join(folder, "_liqd")

    @unittest.skipUnless(shutil.which("zsh"), "no zsh here")
    def test_zsh(self):
        self.assertIn("got:liqd check", self.zsh("liqd ch"))
        self.assertIn("got:liqd check --config", self.zsh("liqd check --con"))
        self.assertIn("got:liqd check --config liqd.yaml", self.zsh("liqd check --config li"))


if __name__ == "__main__":
    unittest.main()
