"""liqd's commands, run as a user runs them. $LIQD is the program."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

LIQD = os.environ["LIQD"]
with open(LIQD, "rb") as program:
    SANITIZED = b"__asan_init" in program.read()
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Commands(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def write(self, name, text, mode=0o644):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.path(name), mode)
        return self.path(name)

    def liqd(self, *args, env=None, **more):
        env = {"PATH": os.environ["PATH"], **(env or {})}
        return subprocess.run([LIQD, *args], cwd=self.folder.name, env=env, text=True,
                              stdin=subprocess.DEVNULL, capture_output="stdout" not in more,
                              check=False, timeout=60, **more)

    def assert_run(self, run, code, out=None, err=""):
        """OUT and ERR: the whole text, or None for any."""
        self.assertEqual(run.returncode, code, run)
        if out is not None:
            self.assertEqual(run.stdout, out)
        if err is not None:
            self.assertEqual(run.stderr, err)

    # the command line

    def test_help_and_version(self):
        self.assert_run(self.liqd("--version"), 0, out="liqd 0.1.0\n")
        run = self.liqd("--help")
        self.assert_run(run, 0)
        self.assertIn("\n  check  ", run.stdout)
        run = self.liqd("check", "--help")
        self.assert_run(run, 0)
        for word in ("usage: liqd check", "--config FILE", "--json", "Exit codes:", "78"):
            self.assertIn(word, run.stdout)
        for line in run.stdout.splitlines():
            self.assertLessEqual(len(line), 80, line)

    def test_without_arguments_it_shows_help_and_fails(self):
        run = self.liqd()
        self.assert_run(run, 2)
        self.assertIn("Commands:", run.stdout)

    def test_wrong_usage_is_one_line_and_says_where_help_is(self):
        see = ": see liqd --help\n"
        check = ": see liqd check --help\n"
        for args, message in (
            (["chekc"], 'liqd: unknown command "chekc"' + see),
            (["--version", "x"], 'liqd: unexpected operand "x"' + see),
            (["a\x1b[31m\n"], 'liqd: unknown command "a\\x1b[31m\\x0a"' + see),
            (["-v"], 'liqd: unknown option "-v"' + see),
            ([""], 'liqd: unknown command ""' + see),
            (["check", "--verbose"], 'liqd check: unknown option "--verbose"' + check),
            (["check", "-c"], 'liqd check: unknown option "-c"' + check),
            (["check", "extra"], 'liqd check: unexpected operand "extra"' + check),
            (["check", "--", "--json"], 'liqd check: unexpected operand "--json"' + check),
            (["check", "--config"], 'liqd check: needs a value: "--config"' + check),
            (["check", "--json=1"], 'liqd check: takes no value: "--json=1"' + check),
            (["analyze", "--shock", "WETH=-120%"],
             'liqd analyze: --shock: "WETH=-120%": a price cannot fall by 100 % or more\n'),
            (["analyze", "--grid", "WETH=0%:1%:0%"],
             'liqd analyze: --grid: "WETH=0%:1%:0%": a step is above 0 %\n'),
            (["analyze", "--plot", "x.svg"],
             'liqd analyze: --plot draws a grid: name one by --grid: see liqd analyze --help\n'),
            (["check", "--json", "--json"], 'liqd check: given twice: "--json"' + check),
        ):
            with self.subTest(args=args):
                self.assert_run(self.liqd(*args), 2, out="", err=message)

    def test_output_that_cannot_be_written_fails(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            run = self.liqd("--version", stdout=full, stderr=subprocess.PIPE)
        self.assert_run(run, 1, err="liqd: standard output: No space left on device\n")

    def test_output_that_is_closed_fails(self):
        config = self.write("c.yaml", "chain: {id: 1}\nlog: {file: x.log}\n")
        bad = self.write("bad.yaml", "chain: {id: 0}\n")
        lost = "liqd: standard output: Bad file descriptor\n"
        for closed, arg, code, err in (
            (">&-", "--version", 1, lost),
            (">&-", f"check --config {config}", 1, lost),
            (">&- <&-", f"check --config {config}", 1, lost),
            (">&-", f"check --config {bad}", 78, None),
            ("<&-", f"check --config {config}", 0, ""),
            ("2>&-", f"check --config {config}", 0, ""),
            ("2>&-", f"check --config {bad}", 78, ""),
            ("2>&- <&- >&-", "--version", 1, ""),
        ):
            with self.subTest(closed=closed, arg=arg):
                run = subprocess.run(f'"$LIQD" {arg} {closed}', shell=True, cwd=self.folder.name,
                                     env={"LIQD": LIQD}, text=True, capture_output=True,
                                     check=False, timeout=60)
                self.assert_run(run, code, err=err)
        # each stands for /dev/null
        for fd in (0, 2):
            run = subprocess.run(f'"$LIQD" check --json --config /proc/self/fd/{fd} {fd}>&-',
                                 shell=True, env={"LIQD": LIQD, "PATH": os.environ["PATH"]},
                                 text=True, capture_output=True, check=False, timeout=60)
            self.assertEqual(json.loads(run.stdout)["problems"][0]["message"],
                             "is not a regular file")
        self.assertEqual(sorted(os.listdir(self.folder.name)), ["bad.yaml", "c.yaml"])
        with open(config, encoding="utf-8") as f:  # nothing ended up in it
            self.assertTrue(f.read().endswith("x.log}\n"))

    # liqd check

    def test_check_shows_each_value_and_where_it_is_set(self):
        config = self.write("c.yaml", "chain: {id: 5, name: x}\nlog:\n  format: json\n")
        run = self.liqd("check", "--config", config)
        self.assert_run(run, 0)
        lines = run.stdout.splitlines()
        self.assertEqual(lines[0], f"{config} is valid.")
        self.assertRegex(run.stdout, rf"chain\.id +5 +{config}:1\n")
        self.assertRegex(run.stdout, rf"log\.format +json +{config}:3\n")
        self.assertRegex(run.stdout, r"log\.level +info +default\n")
        self.assertRegex(run.stdout, r'log\.file +"" +default\n')
        example = json.loads(lines[-1])
        self.assertEqual((example["level"], example["chain"], example["chain_id"]),
                         ("error", "x", 5))

    def test_check_says_in_words_what_it_will_do(self):
        delivered = os.path.join(ROOT, "config")
        files = ("chain/ethereum", "market/aave_v3_ethereum", "venue/uniswap_ethereum", "venue/lenders_ethereum")
        config = self.write("c.yaml", f"include: [{', '.join(f'{delivered}/{name}.yaml' for name in files)}]\n"
                                      "nodes: {own: {url: /geth.ipc}}\nlimits: {gas_day: 0 ETH}\n")
        run = self.liqd("check", "--config", config)
        self.assert_run(run, 0)
        page = run.stdout[run.stdout.index("\n\nWhat it will watch\n"):run.stdout.index("\n\nA log line")]
        for line in page.splitlines():
            self.assertLessEqual(len(line), 88, line)
        run = self.liqd("check", "--json", "--config", config)
        self.assert_run(run, 0)
        said = json.loads(run.stdout)["explained"]
        self.assertEqual(list(dict.fromkeys(line["topic"] for line in said)),
                         ["What it will watch", "What it will do", "What it can spend at most",
                          "What stops it", "What it will never do"])
        self.assertIn({"topic": "What it can spend at most", "keys": "limits.gas_day",
                       "text": "There is no limit on what gas may cost in a day."}, said)
        for line in said:  # the page has the same, wrapped
            self.assertIn(line["text"], " ".join(page.split()))

    def test_check_finds_the_configuration(self):
        self.write("liqd.yaml", "chain: {id: 1}\n")
        self.write("other.yaml", "chain: {id: 2}\n")
        self.write("third.yaml", "chain: {id: 3}\n")
        env = {"LIQD_CONFIG": "other.yaml"}
        self.assertIn("liqd.yaml is valid.", self.liqd("check").stdout)
        self.assertIn("other.yaml is valid.", self.liqd("check", env=env).stdout)
        self.assertIn("third.yaml is valid.",
                      self.liqd("check", "--config=third.yaml", env=env).stdout)

    @unittest.skipIf(os.path.exists("/etc/liqd/liqd.yaml"), "liqd is installed here")
    def test_check_without_a_configuration_says_where_it_looked(self):
        run = self.liqd("check")
        self.assert_run(run, 78, out="", err=None)
        for place in ("--config", "$LIQD_CONFIG", "./liqd.yaml", "/etc/liqd/liqd.yaml"):
            self.assertIn(place, run.stderr)

    def test_check_names_a_dangling_link(self):
        os.symlink("gone.yaml", self.path("liqd.yaml"))
        self.assert_run(self.liqd("check"), 78, out="",
                        err="liqd.yaml: No such file or directory\nliqd check: 1 problem\n")
        self.assert_run(self.liqd("check", "--config", ""), 78, out="",
                        err="liqd check: --config names no file\n")

    def test_check_prints_json_of_any_file_name(self):
        name = b"\xff\n.yaml"
        with open(os.path.join(os.fsencode(self.folder.name), name), "w", encoding="utf-8") as f:
            f.write("chain: {id: 0}\n")
        run = self.liqd("check", "--json", "--config", os.fsdecode(name))
        self.assert_run(run, 78)
        got = json.loads(run.stdout)
        self.assertEqual(got["config"], '"\\xff\\x0a.yaml"')
        self.assertEqual(got["problems"][0]["place"]["file"], got["config"])

    def test_check_never_shows_a_hostile_folder(self):
        for folder in (b"\xff", b"\x1b[31m"):
            path = os.path.join(os.fsencode(self.folder.name), folder)
            os.mkdir(path)
            with open(os.path.join(path, b"c.yaml"), "w", encoding="utf-8") as f:
                f.write("chain: {id: 1}\nlog: {file: x.log}\n")
            config = os.fsdecode(os.path.join(folder, b"c.yaml"))
            run = self.liqd("check", "--json", "--config", config)
            self.assert_run(run, 78)
            self.assertEqual([p["key"] for p in json.loads(run.stdout)["problems"]], ["log.file"])
            run = self.liqd("check", "--config", config)
            self.assert_run(run, 78, out="", err=None)
            self.assertNotIn("\x1b", run.stderr)

    def test_check_names_every_problem(self):
        config = self.write("c.yaml", "chain: {id: 0}\nlog:\n  levle: info\n")
        self.assert_run(self.liqd("check", "--config", config), 78, out="",
                        err=f"{config}:1:13: chain.id: \"0\" is out of range: from 1 to "
                            "9223372036854775771\n"
                            f"{config}:3:3: log.levle: unknown key: did you mean log.level?\n"
                            "liqd check: 2 problems\n")

    def test_check_stops_at_many_problems(self):
        for cnt, more in ((199, ""), (200, " or more"), (201, " or more")):
            with self.subTest(cnt=cnt):
                keys = "".join(f"k{i}: 1\n" for i in range(cnt))
                config = self.write("c.yaml", "chain: {id: 1}\n" + keys)
                run = self.liqd("check", "--config", config)
                self.assert_run(run, 78, out="", err=None)
                lines = run.stderr.splitlines()
                shown = min(cnt, 200)
                self.assertEqual(len(lines), shown + 1)
                self.assertEqual(lines[-1], f"liqd check: {shown} problems{more}")
                run = self.liqd("check", "--json", "--config", config)
                self.assert_run(run, 78)
                self.assertEqual(len(json.loads(run.stdout)["problems"]), shown)

    def test_check_fails_where_its_result_is_lost(self):
        good = self.write("good.yaml", "chain: {id: 1}\n")
        many = self.write("many.yaml", "".join(f"k{i}: 1\n" for i in range(100)))
        full = "liqd: standard output: No space left on device\n"
        lost = ("liqd check: the result cannot be written\n"
                "liqd: standard output: not all could be written\n")
        for args, code, err in (
            ([good], 1, full),
            # too long for the buffer, so that writing JSON fails
            ([good, "--json"], 1, lost),
            ([many, "--json"], 78, lost),
        ):
            with self.subTest(args=args), open("/dev/full", "w", encoding="utf-8") as out:
                run = self.liqd("check", "--config", *args, stdout=out, stderr=subprocess.PIPE)
                self.assert_run(run, code, err=err)

    # run and replay; on a chain: run.test.mjs

    def test_run_wants_a_sender_and_a_journal_unless_dry(self):
        config = self.write("c.yaml", "chain: {id: 1}\n")
        live = self.liqd("run", "--config", config)
        self.assert_run(live, 78, out="", err=None)
        self.assertIn(": senders: names none, and a live run sends: name one with its keystore "
                      "(see liqd keys), or add --dry-run\n", live.stderr)
        self.assertIn(": journal.file: is empty, and a live run needs a journal: name a file on a "
                      "disk that stays, or add --dry-run\n", live.stderr)
        dry = self.liqd("run", "--dry-run", "--config", config)
        self.assert_run(dry, 78, out="", err=None)
        self.assertNotIn("senders", dry.stderr)
        for option, why in (
                ("--once", "--once and --json are of a dry run: add --dry-run"),
                ("--json", "--once and --json are of a dry run: add --dry-run"),
                ("--report=x", "--report is of a dry run: add --dry-run, or see liqd journal and "
                               "liqd status")):
            self.assert_run(self.liqd("run", option, "--config", config), 2, out="",
                            err=f"liqd run: {why}\n")
        self.assert_run(self.liqd("run", "--dry-run", "--accept-used-nonce", "--config", config), 2,
                        out="", err="liqd run: --accept-used-nonce has no meaning in a dry run, "
                                    "which has no key\n")

    def test_run_says_which_core_cannot_be_had(self):
        config = self.write("c.yaml", "chain: {id: 1}\ncpu: {pin: 1023}\n")
        run = self.liqd("run", "--dry-run", "--config", config)
        self.assert_run(run, 78, out="", err=None)
        self.assertIn("CPU 1023 cannot be used", run.stderr)

    # status, pause, resume; with a daemon: live.test.mjs

    def test_a_daemon_that_is_not_there_is_said(self):
        nowhere = self.path("nobody.sock")
        config = self.write("c.yaml", f"chain: {{id: 1}}\ncontrol: {{socket: {nowhere}}}\n")
        for command in ("status", "pause", "resume"):
            self.assert_run(self.liqd(command, "--config", config), 69, out="",
                            err=f"liqd {command}: {nowhere}: nobody listens: is liqd run running, "
                                "by this configuration?\n")
        none = self.write("d.yaml", "chain: {id: 1}\n")
        self.assert_run(self.liqd("status", "--config", none), 78, out="",
                        err="liqd status: there is no control socket: set control.socket, or name "
                            "a sender\n")
        self.assert_run(self.liqd("resume", "--market", "", "--config", config), 2, out="",
                        err="liqd resume: --market names no market: see liqd resume --help\n")

    def test_run_and_check_want_a_price_of_gas(self):
        config = self.write("c.yaml", """chain: {id: 1}
nodes: {a: {url: /nowhere}}
markets:
  m: {protocol: aave_v3, address: "0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2", liquidate: true, funding: inventory}
inventory:
  weth: {token: "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2", amount: 1}
""")
        problem = (f"{config}:4:92: markets.m.liquidate: is true, but what gas costs is not known: "
                   "set chain.coin_token to the token that wraps the chain's coin, or false\n")
        self.assert_run(self.liqd("check", "--config", config), 78,
                        err=problem + "liqd check: 1 problem\n")
        self.assert_run(
            self.liqd("run", "--dry-run", "--config", config), 78,
            err=problem + "liqd run: the configuration has problems: see liqd check\n")

    def test_replay_refuses_what_is_no_recording(self):
        for name, text, err in (
            ("none", None, "No such file or directory"),
            ("empty", "", "is empty"),
            ("text", "no recording, but long enough to be looked at\n" * 100, None),
            (".", None, "is not a regular file"),
        ):
            with self.subTest(name=name):
                if text is not None:
                    self.write(name, text)
                run = self.liqd("replay", name)
                self.assert_run(run, 1, out="", err=err and f'liqd replay: "{name}": {err}\n')
                self.assertTrue(run.stderr.startswith(f'liqd replay: "{name}": '), run.stderr)
        self.assert_run(self.liqd("replay"), 2, out="", err=None)

    @unittest.skipIf(SANITIZED, "a sanitizer needs more addresses than it would have")
    def test_check_fails_without_memory(self):
        config = self.write("c.yaml", "chain: {id: 1}\n")
        for args in ([], ["--json"]):
            run = subprocess.run(["sh", "-c", 'ulimit -v 40000; exec "$@"', "sh", LIQD, "check",
                                  "--config", config, *args],
                                 text=True, capture_output=True, check=False, timeout=60)
            self.assert_run(run, 1, out="", err="liqd check: out of memory\n")

    def test_check_prints_json(self):
        config = self.write("c.yaml", "chain: {id: 0, name: é}\n")
        run = self.liqd("check", "--json", "--config", config)
        self.assert_run(run, 78)
        self.assertEqual(json.loads(run.stdout), {
            "config": config, "valid": False, "keys": [],
            "problems": [{"place": {"file": config, "line": 1, "column": 13}, "key": "chain.id",
                          "message": '"0" is out of range: from 1 to 9223372036854775771'}]})
        config = self.write("c.yaml", "chain: {id: 1}\n")
        run = self.liqd("check", "--json", "--config", config)
        self.assert_run(run, 0)
        got = json.loads(run.stdout)
        self.assertTrue(got["valid"])
        keys = {k["key"]: k for k in got["keys"]}
        self.assertEqual(keys["chain.id"]["value"], "1")
        self.assertEqual(keys["chain.id"]["set"], {"file": config, "line": 1, "column": 13})
        self.assertEqual(keys["log.rate"], {"key": "log.rate", "value": "10",
                                            "unit": "lines per second",
                                            "set": {"file": None, "line": None, "column": None}})

    def test_check_refuses_what_is_no_file(self):
        os.mkfifo(self.path("fifo"))
        for name, message in (("none.yaml", "No such file or directory"),
                              (self.folder.name, "is not a regular file"),
                              ("fifo", "is not a regular file")):
            with self.subTest(name=name):
                self.assert_run(self.liqd("check", "--config", name), 78, out="",
                                err=f"{name}: {message}\nliqd check: 1 problem\n")
        self.write("big.yaml", "#" * 65536 + "\n")
        self.assert_run(self.liqd("check", "--config", "big.yaml"), 78, out="",
                        err="big.yaml: is longer than 65536 bytes\nliqd check: 1 problem\n")

    def test_check_sees_that_the_log_cannot_be_written(self):
        config = self.write("c.yaml", "chain: {id: 1}\nlog: {file: none/x.log}\n")
        self.assert_run(self.liqd("check", "--config", config), 78, out="",
                        err=f"{config}:2:13: log.file: cannot be written: No such file or "
                            "directory\nliqd check: 1 problem\n")
        self.write("c.yaml", "chain: {id: 1}\nlog: {file: .}\n")
        self.assert_run(self.liqd("check", "--config", config), 78, out="",
                        err=f"{config}:2:13: log.file: is a folder: name a file in it\n"
                            "liqd check: 1 problem\n")
        self.write("c.yaml", "chain: {id: 1}\nlog: {file: x.log}\n")
        self.assert_run(self.liqd("check", "--config", config), 0)
        self.assertFalse(os.path.exists(self.path("x.log")))

    def test_check_sees_permissions_of_the_log(self):
        """As a user: root may write everywhere."""
        more = {}
        program = LIQD
        if os.geteuid() == 0:
            program = shutil.copy(LIQD, self.path("liqd"))
            os.chmod(self.folder.name, 0o755)
            more = {"user": 65534}
        owner = more.get("user", os.geteuid())
        for folder, folder_mode, file_mode, message in (
            ("a", 0o700, None, None),
            ("b", 0o500, None, "Permission denied"),  # nothing can be created there
            ("c", 0o600, None, "Permission denied"),
            ("d", 0o500, 0o600, None),
            ("e", 0o700, 0o400, "Permission denied"),
            ("f", 0o000, None, "Permission denied"),
        ):
            os.mkdir(self.path(folder))
            if file_mode is not None:
                self.write(f"{folder}/x.log", "", mode=file_mode)
                os.chown(self.path(f"{folder}/x.log"), owner, -1)
            os.chown(self.path(folder), owner, -1)
            os.chmod(self.path(folder), folder_mode)
            with self.subTest(folder=folder):
                config = self.write("c.yaml", f"chain: {{id: 1}}\nlog: {{file: {folder}/x.log}}\n")
                run = subprocess.run([program, "check", "--config", config], text=True,
                                     capture_output=True, check=False, timeout=60, **more)
                if message:
                    message = (f"{config}:2:13: log.file: cannot be written: {message}\n"
                               "liqd check: 1 problem\n")
                self.assert_run(run, 78 if message else 0, err=message or "")
            os.chmod(self.path(folder), 0o700)

    def test_check_takes_a_log_in_the_root_folder(self):
        config = self.write("c.yaml", "chain: {id: 1}\nlog: {file: /none_of_liqd.log}\n")
        run = self.liqd("check", "--config", config)
        if os.access("/", os.W_OK):
            self.assert_run(run, 0)
        else:
            self.assert_run(run, 78, err=None)
            self.assertNotIn("No such file", run.stderr)

    def test_check_passes_all_that_is_delivered(self):
        delivered = os.path.join(ROOT, "config")
        self.assert_run(self.liqd("check", "--config", os.path.join(delivered, "liqd.yaml")), 0)
        chains = sorted(os.listdir(os.path.join(delivered, "chain")))
        self.assertIn("ethereum.yaml", chains)
        for chain in chains:
            config = self.write("c.yaml", f"include: {delivered}/chain/{chain}\n")
            run = self.liqd("check", "--config", config)
            self.assert_run(run, 0)
            self.assertRegex(run.stdout, rf"chain\.name +{chain[:-5]} ")
        markets = sorted(os.listdir(os.path.join(delivered, "market")))
        self.assertIn("aave_v3_ethereum.yaml", markets)
        venues = sorted(os.listdir(os.path.join(delivered, "venue")))
        self.assertIn("uniswap_ethereum.yaml", venues)
        files = ["chain/ethereum.yaml"] + [f"market/{name}" for name in markets] + [f"venue/{name}" for name in venues]
        config = self.write("c.yaml", f"include: [{', '.join(f'{delivered}/{name}' for name in files)}]\n")
        run = self.liqd("check", "--config", config)
        self.assert_run(run, 0)
        for market in markets:
            self.assertRegex(run.stdout, rf"markets\.{market.removesuffix('_ethereum.yaml')}\.address ")
        self.assertRegex(run.stdout, r"venues\.uniswap_v3\.pools ")
        self.assertRegex(run.stdout, r"lenders\.morpho_blue\.address ")

    # journal

    def test_journal_says_what_is_missing(self):
        config = self.write("liqd.yaml", "chain:\n  id: 1\n  name: x\n")
        self.assert_run(self.liqd("journal", "--config", config), 78, out="",
                        err="liqd journal: journal.file is empty: name the journal of liqd run\n")
        config = self.write("liqd.yaml", "chain:\n  id: 1\n  name: x\njournal:\n  file: j.db\n")
        run = self.liqd("journal", "--config", config)
        self.assert_run(run, 1, out="", err=None)
        self.assertIn("not there: liqd run makes it", run.stderr)
        self.assertFalse(os.path.exists(self.path("j.db")))
        self.write("j.db", "my notes, which are no database at all, but long enough to be one: "
                   "one hundred bytes are a header of SQLite\n")
        run = self.liqd("journal", "--config", config)
        self.assert_run(run, 1, out="", err=None)
        self.assertIn("not a database", run.stderr)

    def test_journal_refuses_what_is_no_time_and_no_limit(self):
        for option, value in (("--since", "yesterday"), ("--since", "2026-02-30"),
                              ("--since", "9999-01-01"), ("--limit", "0"), ("--limit", "-1")):
            run = self.liqd("journal", option, value)
            self.assert_run(run, 2, out="", err=None)
            self.assertIn(f'"{value}": see liqd journal --help', run.stderr)


if __name__ == "__main__":
    unittest.main()
