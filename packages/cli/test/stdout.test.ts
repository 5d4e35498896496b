// Standard output that cannot be written: one sentence on a full device, silence where the reader has gone.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { tinyRun } from "@imagefn/testing/tinyRun";
import t from "tap";
import { executable, yamlOf } from "./tiny.js";

t.setTimeout(240_000);
const home = t.testdir({
  "tiny.yaml": yamlOf({ pretrain: tinyRun.pretrain, train: tinyRun.train, sample: tinyRun.sample }),
});
const skip = !existsSync("/dev/full") && "needs /dev/full";

/** Runs a command line of a shell in which `imagefn` is the executable. */
function shell(line: string) {
  const [command, args] = executable([]);
  const env = { ...process.env, IMAGEFN_DEBUG: "", IMAGEFN_CACHE: join(home, "cache"), IMAGEFN_WEIGHTS: "" };
  const script = `imagefn() { "$0" "$@"; }; ${line.replaceAll("imagefn ", `imagefn ${args.join(" ")} `)}`;
  const { status, stderr, stdout } = spawnSync("bash", ["-c", `set -o pipefail; ${script}`, command], {
    cwd: home,
    encoding: "utf8",
    env,
  });
  return { status, stderr, stdout };
}

t.test("a full device", { skip }, async (t) => {
  t.equal(shell("imagefn train tiny.yaml --out run --json").status, 0);
  const quiet = [
    ...["presets", "presets --json", "config", "config --fields", "weights", "completion bash", "init mine"],
    ...["--help", "train --help", "--version", "reproduce --list"],
  ];
  const sentence = "imagefn: cannot write to standard output: no space left on device\n";
  for (const args of quiet) {
    const { status, stderr } = shell(`imagefn ${args} >/dev/full`);
    t.same([status, stderr], [1, sentence], args);
  }
  const loud = ["sample run --count 1", "export run", "report run", "train --resume run --json"];
  for (const args of loud) {
    const { status, stderr } = shell(`imagefn ${args} >/dev/full`);
    t.equal(status, 1, args);
    t.ok(stderr.includes(sentence), stderr);
    t.notMatch(stderr, /^\s+at /m);
  }
});

t.test("the files are written all the same", { skip }, async (t) => {
  t.equal(shell("imagefn sample run --count 2 --size 16,24 --out full >/dev/full").status, 1);
  for (const size of ["16x16", "24x24"])
    t.ok(existsSync(join(home, "full", `step10-seed0-count2-${size}.png`)), size);
});

t.test("a reader that has gone", async (t) => {
  for (const args of ["config --fields", "presets", "completion bash", "presets --json"]) {
    const { status, stderr } = shell(`imagefn ${args} | head -1 >/dev/null`);
    t.same([status, stderr], [0, ""], args);
    t.same(shell(`(sleep 0.1; imagefn ${args}) | true`).stderr, "", args);
  }
});
