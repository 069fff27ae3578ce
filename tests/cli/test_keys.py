"""liqd keys, run as a user runs it: with files, descriptors and at a terminal. $LIQD is the program."""

import contextlib
import json
import os
import pty
import re
import resource
import select
import shutil
import signal
import stat
import subprocess
import tempfile
import termios
import time
import unittest

LIQD = os.environ["LIQD"]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORPUS = os.path.join(ROOT, "tests/fuzz/corpus/keystore")

# What the corpus holds, encrypted at no cost.
PASSPHRASE = "testpassword"
ADDRESS = "0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1"
KEY = "01" * 32


def allow_core_images():
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


@contextlib.contextmanager
def open_full_pipe():
    """The end to write to, and what makes room again."""
    source, out = os.pipe()
    os.set_blocking(out, False)
    try:
        while True:
            os.write(out, b"x" * 4096)
    except BlockingIOError:
        pass
    os.set_blocking(out, True)
    try:
        yield out, lambda: os.read(source, 1 << 20)
    finally:
        os.close(source)
        os.close(out)


class Terminal:
    """A program at a terminal of its own."""

    def __init__(self, *args, cwd):
        self.shown = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execv(LIQD, [LIQD, *args])

    def await_text(self, text, seconds=60):
        end = time.monotonic() + seconds
        while text.encode() not in self.shown:
            if not select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError(f"{text!r} does not come: {self.shown!r}")
            try:
                self.shown += os.read(self.fd, 4096)
            except OSError as e:
                raise AssertionError(f"{text!r} does not come: {self.shown!r}") from e

    def type(self, text):
        os.write(self.fd, text.encode())

    def echoes(self):
        return bool(termios.tcgetattr(self.fd)[3] & termios.ECHO)

    def end(self):
        """What it showed, and how it ended."""
        while True:
            try:
                more = os.read(self.fd, 4096)
            except OSError:
                more = b""
            if not more:
                break
            self.shown += more
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return self.shown.decode(), os.waitstatus_to_exitcode(status)


class Keys(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def write(self, name, text, mode=0o600):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.path(name), mode)
        return name

    def keystore(self, name, mode=0o400):
        shutil.copy(os.path.join(CORPUS, name), self.path(name))
        os.chmod(self.path(name), mode)
        return name

    def liqd(self, *args, **more):
        return subprocess.run([LIQD, "keys", *args], cwd=self.folder.name, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False,
                              timeout=60, start_new_session=True, **more)

    def liqd_fd(self, text, *args, option="--passphrase-fd"):
        """Runs it with TEXT to be read from a descriptor, which OPTION names."""
        read, write = os.pipe()
        os.write(write, text.encode())
        os.close(write)
        try:
            return self.liqd(*args, option, str(read), pass_fds=[read])
        finally:
            os.close(read)

    def assert_run(self, run, code, out="", err=""):
        """OUT and ERR: the whole text."""
        self.assertEqual((run.returncode, run.stdout, run.stderr), (code, out, err))

    def assert_refused(self, run, code, *texts):
        """One line on standard error that has each of TEXTS, and no secret."""
        self.assertEqual((run.returncode, run.stdout), (code, ""), run.stderr)
        self.assertRegex(run.stderr, r"\Aliqd keys [^\n]+\n\Z")
        for text in texts:
            self.assertIn(text, run.stderr)
        for secret in (PASSPHRASE, KEY, "01010101"):
            self.assertNotIn(secret, run.stderr)

    # new and import

    def test_new_makes_a_keystore(self):
        self.write("pass", "correct horse\n")
        run = self.liqd("new", "--out", "k.json", "--passphrase-file", "pass")
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertRegex(run.stdout, r"\A0x[0-9a-fA-F]{40}\n\Z")
        st = os.stat(self.path("k.json"))
        self.assertEqual(stat.S_IMODE(st.st_mode), 0o400)
        self.assertEqual(sorted(os.listdir(self.folder.name)), ["k.json", "pass"])
        with open(self.path("k.json"), encoding="utf-8") as f:
            store = json.load(f)
        self.assertEqual(store["crypto"]["kdfparams"]["n"], 262144)
        self.assertEqual("0x" + store["address"], run.stdout.strip().lower())
        self.assert_run(self.liqd("address", "k.json"), 0, out=run.stdout)

    def test_nothing_is_overwritten(self):
        self.write("pass", PASSPHRASE)
        self.write("key", KEY)
        self.write("k.json", "mine")
        for args in (["new"], ["import", "--key-file", "key"]):
            run = self.liqd(*args, "--out", "k.json", "--passphrase-file", "pass")
            self.assert_refused(run, 1, "k.json: exists", "another name")
        with open(self.path("k.json"), encoding="utf-8") as f:
            self.assertEqual(f.read(), "mine")
        self.assertEqual(sorted(os.listdir(self.folder.name)), ["k.json", "key", "pass"])

    def test_a_keystore_that_cannot_be_written_fails(self):
        self.write("pass", PASSPHRASE)
        for path, text in (("none/k.json", "No such file or directory"), ("/proc/k.json", "/proc")):
            run = self.liqd("new", "--out", path, "--passphrase-file", "pass")
            self.assert_refused(run, 1, path, text)

    def test_keys_and_passphrases_are_refused(self):
        self.write("pass", PASSPHRASE)
        self.write("empty", "\n")
        self.write("open", PASSPHRASE, 0o644)
        self.write("two", "a\nb\n")
        self.write("long", "x" * 1025)
        self.write("key", KEY)
        self.write("short", KEY[2:])
        self.write("zero", "00" * 32)
        self.write("open.key", KEY, 0o640)
        good = ["--passphrase-file", "pass"]
        for args, texts in (
            (["new", "--passphrase-file", "none"], ["none: No such file"]),
            (["new", "--passphrase-file", "empty"], ["empty"]),
            (["new", "--passphrase-file", "open"], ["open: mode 0644", "chmod 0400"]),
            (["new", "--passphrase-file", "two"], ["two: has more than one line"]),
            (["new", "--passphrase-file", "long"], ["long: is longer than 1024 bytes"]),
            (["new", "--passphrase-file", "."], [".: is no regular file"]),
            (["new", "--passphrase-fd", "99"], ["descriptor 99: Bad file descriptor"]),
            (["import", "--key-file", "short", *good], ["64 hexadecimal digits"]),
            (["import", "--key-file", "zero", *good], ["order of secp256k1"]),
            (["import", "--key-file", "open.key", *good], ["open.key: mode 0640"]),
            (["import", "--key-file", "key", "--passphrase-file", "open"], ["open: mode 0644"]),
        ):
            with self.subTest(args=args):
                before = sorted(os.listdir(self.folder.name))
                self.assert_refused(self.liqd(*args, "--out", "k.json"), 77, *texts)
                self.assertEqual(sorted(os.listdir(self.folder.name)), before)

    # address

    def test_address_prints_what_the_keystore_names(self):
        for name in ("scrypt", "pbkdf2", "indented", "address_with_prefix"):
            self.keystore(name)
            self.assert_run(self.liqd("address", name), 0, out=ADDRESS + "\n")
        run = self.liqd("address", "scrypt", "--json")
        self.assertEqual(json.loads(run.stdout), {"file": "scrypt", "address": ADDRESS})
        self.keystore("without_address")
        self.assert_refused(self.liqd("address", "without_address"), 77, "without_address",
                            "liqd keys verify")

    def test_keystores_are_refused(self):
        for name, texts in (
            ("cut", ["cut:1:", "no JSON"]),
            ("twice", ["twice:1:", "given twice"]),
            ("version_1", ["version_1: version is 1"]),
            ("absurd_n", ["crypto.kdfparams.n is 1099511627776"]),
            ("absurd_c", ["crypto.kdfparams.c is 2147483648"]),
            ("other_kdf", ["crypto.kdf must be"]),
        ):
            self.keystore(name)
            for command in ("address", "verify"):
                with self.subTest(name=name, command=command):
                    self.assert_refused(self.liqd(command, name), 77, *texts)
        self.keystore("scrypt", 0o444)
        self.assert_refused(self.liqd("address", "scrypt"), 77, "scrypt: mode 0444", "chmod 0400")
        self.assert_refused(self.liqd("address", "none"), 77, "none: No such file or directory")
        self.assert_refused(self.liqd("address", self.folder.name), 77, "no regular file")
        os.mkfifo(self.path("fifo"), 0o600)
        self.assert_refused(self.liqd("verify", "fifo"), 77, "fifo: is no regular file")

    # verify

    def test_verify_says_what_fits(self):
        self.write("pass", PASSPHRASE + "\r\n")
        for name in ("scrypt", "pbkdf2"):
            self.keystore(name)
            fits = ADDRESS + ": the passphrase fits, and so does the address\n"
            self.assert_run(self.liqd("verify", name, "--passphrase-file", "pass"), 0, out=fits)
            self.assert_run(self.liqd_fd(PASSPHRASE, "verify", name), 0, out=fits)
        self.keystore("without_address")
        self.assert_run(self.liqd_fd(PASSPHRASE, "verify", "without_address"), 0,
                        out=ADDRESS + ": the passphrase fits; the file names no address: compare this one with yours\n")
        run = self.liqd_fd(PASSPHRASE, "verify", "scrypt", "--json")
        self.assertEqual(json.loads(run.stdout), {"file": "scrypt", "address": ADDRESS})

    def test_verify_refuses_what_does_not_fit(self):
        for name, passphrase, texts in (
            ("scrypt", "Testpassword", ["scrypt: the passphrase is wrong"]),
            ("scrypt", "", ["scrypt: the passphrase is wrong"]),
            ("wrong_mac", PASSPHRASE, ["wrong_mac: the passphrase is wrong, or the file damaged"]),
            ("other_address", PASSPHRASE, [ADDRESS, "0x" + "0" * 40, "altered"]),
            ("zero_key", PASSPHRASE, ["no private key"]),
        ):
            with self.subTest(name=name, passphrase=passphrase):
                self.keystore(name)
                self.assert_refused(self.liqd_fd(passphrase, "verify", name), 77, *texts)
                os.unlink(self.path(name))

    # the command line

    def test_wrong_usage(self):
        for args, message in (
            (["new"], "new: needs --out FILE"),
            (["import"], "import: needs --out FILE"),
            (["address"], 'address: needs the operand "FILE"'),
            (["verify"], 'verify: needs the operand "FILE"'),
            (["new", "--out", "k", "--passphrase-fd", "x\x1b"],
             'new: is no descriptor: "x\\x1b"'),
            (["new", "--out", "k", "--passphrase-fd", "-1"], 'new: is no descriptor: "-1"'),
            (["new", "--out", "k", "--passphrase-fd", ""], 'new: is no descriptor: ""'),
            (["new", "--out", "k", "--passphrase-fd", "9" * 30],
             'new: is no descriptor: "' + "9" * 30 + '"'),
            (["verify", "k", "--passphrase-fd", "3", "--passphrase-file", "p"],
             'verify: takes a file or a descriptor, not both: "passphrase"'),
            (["import", "--out", "k", "--key-fd", "3", "--key-file", "p"],
             'import: takes a file or a descriptor, not both: "key"'),
            (["import", "--out", "k", "--key-fd", "0", "--passphrase-fd", "0"],
             "import: needs a descriptor for the key and another for the passphrase"),
        ):
            with self.subTest(args=args):
                self.assert_run(self.liqd(*args), 2, err=f"liqd keys {message}: see "
                                                         f"liqd keys {args[0]} --help\n")
        self.assertEqual(os.listdir(self.folder.name), [])

    def test_what_a_path_says_does_not_reach_the_terminal(self):
        run = self.liqd("address", "none\x1b[31m\u202e\n")
        self.assert_refused(run, 77, "none\\x1b[31m\\xe2\\x80\\xae\\x0a: No such file")

    def test_each_command_forgoes_core_images_first(self):
        # A pipe that is full holds each up in its first output.
        if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
            self.skipTest("core images are off already")
        self.keystore("scrypt")
        for args in (["address", "scrypt"], ["verify", "scrypt", "--passphrase-fd", "x"],
                     ["new"], ["import", "--key-fd", "x"]):
            with self.subTest(args), open_full_pipe() as (out, drain):
                run = subprocess.Popen([LIQD, "keys", *args], cwd=self.folder.name, stdout=out,
                                       stderr=out, stdin=subprocess.DEVNULL,
                                       preexec_fn=allow_core_images)
                end = time.monotonic() + 10
                hard = None
                while hard != "0" and time.monotonic() < end and run.poll() is None:
                    with open(f"/proc/{run.pid}/limits", encoding="ascii") as f:
                        hard = re.search(r"Max core file size +\S+ +(\S+)", f.read())[1]
                    time.sleep(0.01)
                drain()
                run.wait(60)
                self.assertEqual(hard, "0")

    # at a terminal

    def test_verify_asks_without_showing(self):
        self.keystore("scrypt")
        t = Terminal("keys", "verify", "scrypt", cwd=self.folder.name)
        t.await_text("Passphrase: ")
        self.assertFalse(t.echoes())
        with open(f"/proc/{t.pid}/limits", encoding="ascii") as f:
            self.assertRegex(f.read(), r"Max core file size +0 +0 ")
        t.type(PASSPHRASE + "\n")
        shown, code = t.end()
        self.assertEqual(code, 0)
        self.assertEqual(shown, "Passphrase: \r\n" + ADDRESS +
                         ": the passphrase fits, and so does the address\r\n")

    def test_new_asks_twice(self):
        t = Terminal("keys", "new", "--out", "k.json", cwd=self.folder.name)
        t.await_text("New passphrase: ")
        t.type("one\n")
        t.await_text("Once more: ")
        t.type("two\n")
        shown, code = t.end()
        self.assertEqual(code, 77)
        self.assertIn("the passphrases differ", shown)
        self.assertNotIn("one\r", shown)
        t = Terminal("keys", "new", "--out", "k.json", cwd=self.folder.name)
        t.await_text("New passphrase: ")
        t.type("\n")
        shown, code = t.end()
        self.assertEqual(code, 77)
        self.assertIn("the passphrase is empty", shown)
        self.assertEqual(os.listdir(self.folder.name), [])

    def test_import_keeps_the_key_that_it_is_given(self):
        self.write("key", "0x" + KEY + "\n", 0o400)
        t = Terminal("keys", "import", "--out", "k.json", "--key-file", "key", "--json",
                     cwd=self.folder.name)
        t.await_text("New passphrase: ")
        t.type(PASSPHRASE + "\n")
        t.await_text("Once more: ")
        self.assertFalse(t.echoes())
        t.type(PASSPHRASE + "\n")
        shown, code = t.end()
        self.assertEqual(code, 0)
        prompts, _, result = shown.partition("{")
        self.assertEqual(prompts, "New passphrase: \r\nOnce more: \r\n")
        self.assertEqual(json.loads("{" + result), {"file": "k.json", "address": ADDRESS})
        self.assert_run(self.liqd("address", "k.json"), 0, out=ADDRESS + "\n")

    def test_import_asks_for_the_key_without_showing_it(self):
        for key, passphrase, text in ((KEY, "\n", "the passphrase is empty"),
                                      (KEY[1:], "", "64 hexadecimal digits")):
            t = Terminal("keys", "import", "--out", "k.json", cwd=self.folder.name)
            t.await_text("Private key: ")
            self.assertFalse(t.echoes())
            t.type(key + "\n")
            if passphrase:
                t.await_text("New passphrase: ")
                t.type(passphrase)
            shown, code = t.end()
            self.assertEqual(code, 77)
            self.assertIn(text, shown)
            self.assertNotIn("0101", shown)
            self.assertEqual(os.listdir(self.folder.name), [])

    def test_an_interrupt_leaves_the_terminal_as_it_was(self):
        self.keystore("scrypt")
        for end, number in (("\x03", signal.SIGINT), (None, signal.SIGTERM)):
            t = Terminal("keys", "verify", "scrypt", cwd=self.folder.name)
            t.await_text("Passphrase: ")
            self.assertFalse(t.echoes())
            if end:
                t.type("half" + end)
            else:
                os.kill(t.pid, number)
            t.await_text("\n")
            shown, code = t.end()
            self.assertEqual(code, -number)
            self.assertNotIn("half", shown)

    def test_without_a_terminal_it_says_what_to_do(self):
        self.keystore("scrypt")
        self.assert_refused(self.liqd("verify", "scrypt"), 77, "/dev/tty", "in a file or a "
                                                                           "descriptor")


if __name__ == "__main__":
    unittest.main()
