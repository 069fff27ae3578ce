"""The benchmark program runs every case once and writes the JSON that tools/bench promises."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

WIRE = sys.argv.pop()
PROGRAM = sys.argv.pop()


class Bench(unittest.TestCase):
    def bench(self, *args):
        return subprocess.run([PROGRAM, "--quick", *args], capture_output=True, text=True,
                              check=False)

    def test_writes_its_json(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "out.json")
            run = self.bench("--json", path)
            self.assertEqual(run.returncode, 0, run.stderr)
            with open(path, encoding="utf-8") as f:
                cases = json.load(f)
        self.assertEqual(len(cases), len(run.stdout.splitlines()) - 1)
        self.assertGreater(len(cases), 3)
        for case in cases:
            self.assertEqual(list(case), ["name", "unit", "p50", "p99", "reference",
                                          "reference_p50", "ratio", "target"])
            self.assertGreaterEqual(case["p99"], case["p50"])
            measured = case["reference"] is not None
            self.assertEqual(measured, case["reference_p50"] is not None)
            if measured and case["reference_p50"] > 0:
                self.assertAlmostEqual(case["ratio"], case["p50"] / case["reference_p50"],
                                       delta=0.01 + case["ratio"] * 0.01)

    def test_filters(self):
        run = self.bench("--filter", "^base/rng")
        self.assertEqual((run.returncode, len(run.stdout.splitlines())), (0, 2))
        run = self.bench("--filter", "^nothing$")
        self.assertEqual((run.returncode, run.stderr), (1, "liqd_bench: no benchmark matches\n"))
        self.assertEqual(self.bench("--filter", "(").returncode, 2)
        self.assertEqual(self.bench("--json", "/nonexistent/x").returncode, 1)
        self.assertEqual(self.bench("--bogus").returncode, 2)


class Wire(unittest.TestCase):
    def measure(self, place, how):
        with tempfile.TemporaryDirectory() as folder:
            log = os.path.join(folder, "log.json")
            with open(log, "w", encoding="utf-8") as f:
                f.write('{"method":"eth_subscription","params":{"subscription":"0x1"}}')
            play = [WIRE, "play", place.format(folder), log, "3", "1"]
            with subprocess.Popen(play, stdout=subprocess.PIPE, text=True) as node:
                where = node.stdout.readline().split()[1]
                peer = subprocess.run([WIRE, "echo", where, log, "600", how], check=False,
                                      timeout=60)
                lines = node.stdout.read().splitlines()
        self.assertEqual((node.returncode, peer.returncode), (0, 0))
        self.assertEqual(len(lines), 3)
        for line in lines:
            self.assertRegex(line, r"^answered [0-9.]+ us 600 bytes$")

    def test_plays_the_node_on_both_wires(self):
        for place in "ipc:{}/socket", "ws:0":
            for how in "sleep", "spin":
                self.measure(place, how)

    def test_signs(self):
        run = subprocess.run([WIRE, "sign"], capture_output=True, text=True, check=True)
        self.assertRegex(run.stdout, r"^signed [0-9.]+ us recovered [0-9.]+ us\n")


if __name__ == "__main__":
    unittest.main()
