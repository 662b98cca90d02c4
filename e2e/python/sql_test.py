"""F9: databases sum up an experiment from the printed query as the program does from the same events."""

import csv
import glob
import json
import math
import os
import random
import shutil
import subprocess
import tempfile
import unittest
from datetime import datetime, timedelta, timezone

import duckdb
import sqlglot

try:
    import chdb
except ImportError:  # There is none for every platform.
    chdb = None

PROGRAM = os.environ["FLAGS_PROGRAM"]
DIALECTS = ["postgres", "bigquery", "snowflake", "clickhouse", "spark", "duckdb"]
DEFINITIONS = """
[features.button]
enabled = true
variants = { blue = "blue", red = "red", green = "green" }
off = "blue"
serve = "blue"

[experiments.trial]
status = "running"

[[experiments.trial.arms]]
name = "control"
control = true
overrides = { button = "blue" }

[[experiments.trial.arms]]
name = "it's red"
overrides = { button = "red" }

[[experiments.trial.arms]]
name = "green"
overrides = { button = "green" }
"""
METRICS = [
    'name = "conversion"\nkind = "conversion"\nevent = "purchase"\nwindow = "3d"',
    'name = "revenue"\nkind = "mean"\nevent = "purchase"\nwindow = "3d"\nwinsorize = 0.95',
    'name = "all revenue"\nkind = "mean"\nevent = "purchase"',
    'name = "visits"\nkind = "count"\nevent = "visit"\nwinsorize = 0.9',
    'name = "time"\nkind = "duration"\nevent = "load\'s time"\nrole = "guardrail"\nmargin = 0.1\nwinsorize = 0.9',
    'name = "basket"\nkind = "ratio"\nnumerator = "purchase"\ndenominator = "visit"\nwindow = "36h"',
    'name = "score"\nkind = "custom"\nevent = "score"\nwinsorize = 0.8',
]
START = datetime(2026, 11, 1, tzinfo=timezone.utc)
UNTIL = "2026-11-20T00:00:00Z"
ARMS = ["control", "it's red", "green"]


def at(instant):
    return instant.strftime("%Y-%m-%d %H:%M:%S.%f")


def rows():
    """Exposures, some repeated, some in two arms; events before, at, within and after windows, at their very ends too."""
    random.seed(20261120)
    exposures, events = [], []
    for number in range(3000):
        unit = f"unit-{number}"
        first = START + timedelta(microseconds=random.randrange(16 * 86_400_000_000))
        arm, split = random.choice(ARMS), "control=1,it's red=1,green=1"
        country = random.choice(["NL", "DE", "o'clock", None])
        exposures.append(("trial", unit, arm, at(first), split, country))
        if number % 7 == 0:
            exposures.append(("trial", unit, arm, at(first + timedelta(hours=5)), split, country))
        if number % 50 == 0:
            exposures.append(("trial", unit, random.choice(ARMS), at(first + timedelta(days=1)), split, country))
        if number % 11 == 0:
            exposures.append(("another", unit, "control", at(first - timedelta(days=2)), split, country))
        ends = [0, 36 * 3600, 3 * 86_400]
        for _ in range(random.randrange(9)):
            name = random.choice(["purchase", "purchase", "visit", "load's time", "login"])
            after = random.choice([random.uniform(-86_400, 6 * 86_400), random.choice(ends)])
            value = None if random.random() < 0.1 else round(random.lognormvariate(2, 1.2), 2)
            events.append((unit, name, value, at(first + timedelta(seconds=after))))
        for step in range(random.randrange(3)):
            events.append((unit, "score", round(random.gauss(10, 4), 3), at(first + timedelta(hours=step))))
    return exposures, events


class SqlTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        path = lambda name: os.path.join(cls.folder.name, name)
        metrics = "".join(f"\n[[experiments.trial.metrics]]\n{metric}\n" for metric in METRICS)
        cls.definitions = path("flags.toml")
        with open(cls.definitions, "w", encoding="utf-8") as file:
            file.write(DEFINITIONS + metrics)
        cls.exposures, cls.events = rows()
        cls.file = path("events.csv")
        with open(cls.file, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["at", "unit", "experiment", "arm", "split", "event", "value", "country"])
            for experiment, unit, arm, instant, split, country in cls.exposures:
                writer.writerow([instant, unit, experiment, arm, split, "", "", country or ""])
            for unit, event, value, instant in cls.events:
                writer.writerow([instant, unit, "", "", "", event, "" if value is None else value, ""])
        cls.own = cls.keyed(json.loads(cls.program("summary", "trial", "--from", cls.file, "--at", UNTIL, "--by", "country")))
        assert len(cls.own) > 100, "the program has sums to compare with"

    @classmethod
    def program(cls, *words):
        command = [PROGRAM, "experiment", *words, "--file", cls.definitions]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    @classmethod
    def query(cls, dialect):
        return cls.program("sql", "trial", "--dialect", dialect, "--until", UNTIL, "--days", "--split", "--by", "country")

    @staticmethod
    def keyed(summary):
        key = lambda row: tuple(row.get(name) for name in ("arm", "metric", "phase", "day", "dimension", "value"))
        keyed = {key(row): row for row in summary}
        assert len(keyed) == len(summary), "a row for each arm, metric and cut"
        return keyed

    def compare(self, found):
        """Every number of the program against that of the database."""
        found = self.keyed([{name: value for name, value in row.items() if value is not None} for row in found])
        phases = {key for key in found if key[2] is not None}
        self.assertGreater(len(phases), 20)
        differences = []
        for key, own in self.own.items():
            if own["users"] == 0:
                continue
            # The program writes phases of days too; the whole is what both have.
            other = found.get(key) or found.get((key[0], key[1], None, *key[3:]))
            if other is None:
                differences.append(f"{key}: the database has no such row")
                continue
            for name, value in own.items():
                if not isinstance(value, (int, float)) or name == "open_windows":
                    continue
                got = other.get(name)
                if name in ("capped", "in_two_arms") and not value and not got:
                    continue
                if got is None or not math.isclose(float(got), value, rel_tol=1e-9, abs_tol=1e-9):
                    differences.append(f"{key} {name}: {got}, and the program says {value}")
        self.assertEqual(differences, [], "\n".join(differences[:20]))
        self.assertGreaterEqual(len(found), len([row for row in self.own.values() if row["users"]]))

    def test_every_dialect_parses(self):
        for dialect in DIALECTS:
            with self.subTest(dialect):
                statements = sqlglot.parse(self.query(dialect), dialect=dialect)
                self.assertEqual(len(statements), 1)

    def test_duckdb(self):
        with duckdb.connect() as database:
            database.execute("SET TimeZone = 'UTC'")
            database.execute(f"CREATE TABLE exposures AS SELECT experiment, unit, arm, \"at\" AS exposed_at, split, country FROM read_csv('{self.file}') WHERE arm IS NOT NULL")
            database.execute(f"CREATE TABLE events AS SELECT unit, event, value, \"at\" AS occurred_at FROM read_csv('{self.file}') WHERE event IS NOT NULL")
            answer = database.execute(self.query("duckdb"))
            names = [column[0] for column in answer.description]
            self.compare([dict(zip(names, row)) for row in answer.fetchall()])

    @unittest.skipIf(chdb is None, "chdb is not installed")
    def test_clickhouse(self):
        with chdb.session.Session() as session:
            session.query("CREATE DATABASE shop; USE shop")
            session.query("CREATE TABLE shop.exposures (experiment String, unit String, arm String, exposed_at DateTime64(6, 'UTC'), split String, country Nullable(String)) ENGINE = Memory")
            session.query("CREATE TABLE shop.events (unit String, event String, value Nullable(Float64), occurred_at DateTime64(6, 'UTC')) ENGINE = Memory")
            for table, rows in (("exposures", self.exposures), ("events", self.events)):
                for start in range(0, len(rows), 1000):
                    values = ", ".join(f"({', '.join(self.literal(cell) for cell in row)})" for row in rows[start : start + 1000])
                    session.query(f"INSERT INTO shop.{table} VALUES {values}")
            query = self.program("sql", "trial", "--dialect", "clickhouse", "--until", UNTIL, "--days", "--split", "--by", "country",
                                 "--exposures", "shop.exposures", "--events", "shop.events")
            answer = str(session.query(query, "JSONEachRow"))
            self.compare([json.loads(line) for line in answer.splitlines() if line])

    @staticmethod
    def literal(cell):
        if cell is None:
            return "NULL"
        return repr(cell) if isinstance(cell, float) else "'" + cell.replace("\\", "\\\\").replace("'", "\\'") + "'"

    def test_postgres(self):
        program = lambda name: shutil.which(name) or next(iter(sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))), None)
        initdb, server = program("initdb"), program("postgres")
        if not initdb or not server or not shutil.which("psql"):
            self.skipTest("PostgreSQL is not installed")
        # It refuses to run as root.
        as_other = ["runuser", "-u", "nobody", "--"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        os.chmod(folder, 0o777)
        data = os.path.join(folder, "data")
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run([*as_other, initdb, "-D", data, "-U", "tester", "--auth=trust", "-E", "UTF8", "--no-sync"], check=True, cwd=folder, **quiet)
        # On a socket of its own, and on no port.
        running = subprocess.Popen([*as_other, server, "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "timezone=UTC", "-F"], cwd=folder, **quiet)
        self.addCleanup(running.wait)
        self.addCleanup(running.terminate)

        def psql(sql, *options):
            command = ["psql", "-h", folder, "-U", "tester", "-d", "postgres", "-q", "-X", "-v", "ON_ERROR_STOP=1", *options]
            return subprocess.run(command, input=sql, check=True, capture_output=True, text=True).stdout

        subprocess.run(["sh", "-c", f"for i in $(seq 100); do psql -h {folder} -U tester -d postgres -c 'SELECT 1' && exit 0; sleep 0.2; done; exit 1"], check=True, **quiet)
        psql("CREATE TABLE exposures (experiment text, unit text, arm text, exposed_at timestamptz, split text, country text)")
        psql("CREATE TABLE events (unit text, event text, value numeric, occurred_at timestamptz)")
        for table, rows in (("exposures", self.exposures), ("events", self.events)):
            lines = ["\t".join("\\N" if cell is None else str(cell) for cell in row) for row in rows]
            psql(f"COPY {table} FROM STDIN;\n" + "\n".join(lines) + "\n\\.\n")
        answer = psql(f"SELECT json_agg(rows) FROM (\n{self.query('postgres')}\n) rows", "-t", "-A")
        self.compare(json.loads(answer))


if __name__ == "__main__":
    unittest.main()
