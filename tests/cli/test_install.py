"""cmake --install puts everything where a Debian system looks for it, and it works from there."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

BUILD = os.environ["LIQD_BUILD"]


class Install(unittest.TestCase):
    def install(self, root):
        subprocess.run(["cmake", "--install", BUILD, "--prefix", "/usr"], check=True,
                       env={**os.environ, "DESTDIR": root}, stdout=subprocess.DEVNULL)

    def test_installs_all_that_a_user_needs(self):
        with tempfile.TemporaryDirectory() as root:
            self.install(root)
            found = set()
            for folder, _, names in os.walk(root):
                found.update(os.path.relpath(os.path.join(folder, n), root) for n in names)
            for want in ("usr/bin/liqd", "etc/liqd/liqd.yaml", "etc/liqd/chain/ethereum.yaml",
                         "etc/liqd/market/aave_v3_ethereum.yaml",
                         "etc/liqd/venue/uniswap_ethereum.yaml",
                         "usr/share/man/man1/liqd.1", "usr/share/man/man1/liqd-check.1",
                         "usr/share/man/man5/liqd.yaml.5", "usr/share/man/man1/liqd-status.1",
                         "usr/lib/systemd/system/liqd.service",
                         "usr/share/bash-completion/completions/liqd",
                         "usr/share/zsh/vendor-completions/_liqd",
                         "usr/share/fish/vendor_completions.d/liqd.fish"):
                self.assertIn(want, found)
            # an operator's own configuration survives the next installation
            own = [f"{root}/etc/liqd/{name}" for name in ("liqd.yaml", "chain/ethereum.yaml")]
            for name in own:
                with open(name, "a", encoding="utf-8") as f:
                    f.write("# mine\n")
            self.install(root)
            for name in own:
                with open(name, encoding="utf-8") as f:
                    self.assertTrue(f.read().endswith("# mine\n"))
            check = subprocess.run([f"{root}/usr/bin/liqd", "check", "--config",
                                    f"{root}/etc/liqd/liqd.yaml"],
                                   capture_output=True, text=True, check=False)
            self.assertEqual((check.returncode, check.stderr), (0, ""))

    @unittest.skipUnless(shutil.which("systemd-analyze"), "there is no systemd-analyze")
    def test_the_unit_is_one(self):
        with tempfile.TemporaryDirectory() as root:
            self.install(root)
            unit = f"{root}/usr/lib/systemd/system/liqd.service"
            with open(unit, encoding="utf-8") as f:
                text = f.read()
            self.assertNotIn("@CMAKE", text)
            self.assertIn(" run --config /etc/liqd/liqd.yaml\n", text)
            # it looks whether the program is there
            with open(unit, "w", encoding="utf-8") as f:
                f.write(re.sub(r"ExecStart=\S+", f"ExecStart={root}/usr/bin/liqd", text))
            run = subprocess.run(["systemd-analyze", "verify", "--man=no", unit],
                                 capture_output=True, text=True, check=False)
            said = [line for line in run.stderr.splitlines() if "liqd.service" in line]
            self.assertEqual(said, [], run.stderr)


if __name__ == "__main__":
    unittest.main()
