// Two processes under mpirun: exchanges, and the ways in which one of them can fail.
import { fileURLToPath } from "node:url";
import { mpirun, noMpi } from "@imagefn/testing";
import t from "tap";

const script = fileURLToPath(new URL("rank.js", import.meta.url));
const rank = (...args: string[]) => mpirun([script, ...args]).ended;

t.test("two processes sum and broadcast, and their timers go on", { skip: noMpi }, async (t) => {
  const { code, stdout, stderr } = await rank("exchange");
  t.equal(code, 0, stderr);
  const said = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const found = said.filter(({ rank }) => rank !== undefined).sort((a, b) => a.rank - b.rank);
  t.equal(found.length, 2);
  for (const [i, { rank, size, local, sums, alive }] of found.entries())
    t.same(
      { rank, size, local, sums, alive },
      {
        rank: i,
        size: 2,
        local: { rank: i, size: 2 },
        sums: [3, 1, 3e-12, 1, 14, 1, 2, 3, 3],
        alive: true,
      },
    );
  t.equal(said.filter(({ after }) => /has left MPI/.test(after)).length, 2);
});

t.test(
  "a process that fails ends all of them, with its rank, host and reason",
  { skip: noMpi },
  async (t) => {
    const [thrown, exited, aborted] = await Promise.all([
      rank("throw", "1"),
      rank("exit", "1"),
      rank("abort", "0"),
    ]);
    t.equal(thrown.code, 1);
    t.match(thrown.stderr, /rank 1 of 2 on \S+: Error: out of luck/);
    t.equal(exited.code, 1, "an exit before the others is a failure");
    t.match(exited.stderr, /rank 1 of 2 on \S+: exits with code 0 before the others/);
    t.equal(aborted.code, 7);
    t.match(aborted.stderr, /rank 0 of 2 on \S+: the disk is full/);
  },
);

t.test("a process that was killed or that hangs ends all of them", { skip: noMpi }, async (t) => {
  const [killed, stopped] = await Promise.all([rank("kill", "0"), rank("stopped", "1")]);
  t.equal(killed.code, 137);
  t.equal(stopped.code, 1);
  t.match(stopped.stderr, /rank 0 of 2 on \S+: an exchange with the other processes took more than 2 s/);
  t.ok(killed.seconds < 15 && stopped.seconds < 15);
});
