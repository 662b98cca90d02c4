"""D1: a kill by command is served by a running server, and how long that takes: printed, for machines differ."""

import json
import os
import statistics
import subprocess
import tempfile
import time
import unittest
import urllib.request

PROGRAM = os.environ["FLAGS_PROGRAM"]
ROUNDS = 20


class KillTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.state = os.path.join(self.folder.name, "state")
        self.addCleanup(self.folder.cleanup)
        arguments = [PROGRAM, "serve", os.environ["FLAGS_FILE"], "--state-dir", self.state]
        arguments += ["--listen", "127.0.0.1:0", "--format", "json"]
        self.server = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(self.stop)
        self.url = json.loads(self.server.stdout.readline())["url"]

    def stop(self):
        self.server.kill()
        self.server.wait()
        self.server.stdout.close()

    def command(self, *words):
        subprocess.run([PROGRAM, *words, "--state-dir", self.state, "--as", "e2e"], check=True, stdout=subprocess.DEVNULL)

    def served(self):
        body = json.dumps({"context": {"targetingKey": "user-42"}}).encode()
        with urllib.request.urlopen(f"{self.url}/ofrep/v1/evaluate/flags/new_menu", body) as answer:
            return json.load(answer)["value"]

    def test_a_kill_is_served_at_once(self):
        self.assertIs(self.served(), True)
        times = []
        with urllib.request.urlopen(f"{self.url}/ofrep/v1/events") as events:
            while not events.readline().startswith(b":"):
                pass
            for _ in range(ROUNDS):
                for command, expected in (("kill", False), ("revive", True)):
                    began = time.monotonic()
                    self.command(command, "new_menu")
                    while not events.readline().startswith(b"data:"):
                        pass
                    times.append(1000 * (time.monotonic() - began))
                    self.assertIs(self.served(), expected)
        times.sort()
        middle, most = statistics.median(times), times[-1]
        print(f"from the start of the command to the event of the server: median {middle:.0f} ms, at most {most:.0f} ms")


if __name__ == "__main__":
    unittest.main()
