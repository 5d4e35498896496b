// Settings that change between two sessions of a run: refused by name and value, accepted on request, or of no matter.
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openRun, readLog, type SittingOptions, train } from "@imagefn/runs";
import t from "tap";
import { parseDocument } from "yaml";
import { checkpoints, differences, positionOf } from "./reading.js";
import { abortAt, tiny } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir();
const at = (...names: string[]) => join(home, ...names);
const stopped = await train(tiny, {
  out: at("run"),
  isolate: false,
  ...abortAt(({ phase, step }) => phase === "train" && step === 2),
});
const pretraining = await train(tiny, {
  out: at("pretraining"),
  isolate: false,
  ...abortAt(({ phase }) => phase === "pretrain"),
});

let copies = 0;
/** A copy of a run with other values in its config.yaml. */
function edited(from: string, fields: Record<string, unknown>): string {
  const path = at(`copy-${copies++}`);
  cpSync(from, path, { recursive: true });
  const file = join(path, "config.yaml");
  const document = parseDocument(readFileSync(file, "utf8"));
  for (const [field, value] of Object.entries(fields)) document.setIn(field.split("."), value);
  writeFileSync(file, document.toString());
  return path;
}
const resume = async (path: string, options: SittingOptions = {}) =>
  (await openRun(path)).resume({ isolate: false, ...options });

t.test("each setting that training depends on is refused by name, with both values", async (t) => {
  const changes: [field: string, value: unknown, shown: string][] = [
    ["seed", 5, "seed was 0, is now 5"],
    ["data.flip", false, "data.flip was true, is now false"],
    ["data.heldOut", 8, "data.heldOut was 4, is now 8"],
    ["data.count", 70, "data.count was 64, is now 70"],
    ["data.styles", ["thumbs"], 'data.styles was ["pixel-art"], is now ["thumbs"]'],
    ["train.batch", 8, "train.batch was 4, is now 8"],
    ["train.optimizer", "adam", "train.optimizer was radam, is now adam"],
    ["train.learningRate", 0.1, "train.learningRate was 0.0005, is now 0.1"],
    ["train.distance", "l2", "train.distance was pseudo-huber, is now l2"],
    ["train.coupling", "optimal-transport", "train.coupling was independent, is now optimal-transport"],
    ["train.grid", "doubling", "train.grid was progressive, is now doubling"],
    ["train.s1", 20, "train.s1 was 150, is now 20"],
    ["train.emaRates", [0.9, 0.4], "train.emaRates was [0.9,0.5], is now [0.9,0.4]"],
    ["train.mu0", 0.5, "train.mu0 was 0.95, is now 0.5"],
  ];
  for (const [field, value, shown] of changes) {
    const path = edited(stopped.path, { [field]: value });
    await t.rejects(
      resume(path),
      { code: "changed-settings", details: { path, fields: [field] } },
      `${field} is refused`,
    );
    const { message } = await resume(path).then(
      () => new Error("resumed"),
      (error: Error) => error,
    );
    t.ok(message.includes(shown), `${shown}: ${message}`);
  }
  const several = edited(stopped.path, { seed: 5, "train.batch": 8 });
  await t.rejects(resume(several), { message: /seed was 0, is now 5; train\.batch was 4, is now 8/ });
  t.same(readLog((await openRun(several)).log), readLog(stopped.log), "nothing was trained");
});

t.test("generator.func.variationalCoordinates is one, though weights do not depend on it", async (t) => {
  const path = edited(stopped.path, { "generator.func.variationalCoordinates": false });
  await t.rejects(resume(path), { code: "changed-settings", message: /was true, is now false/ });
});

t.test("settings of pre-training matter until it is over", async (t) => {
  const change = { "pretrain.learningRate": 0.1 };
  await t.rejects(resume(edited(pretraining.path, change)), {
    code: "changed-settings",
    message: /pretrain\.learningRate was 0\.0001, is now 0\.1/,
  });
  t.equal((await resume(edited(stopped.path, change))).finished, true);
});

t.test("a time for a run that is trained by steps is refused too", async (t) => {
  await t.rejects(resume(edited(stopped.path, { "budget.minutes": 1 })), {
    code: "other-settings",
    details: { field: "budget.minutes" },
  });
});

t.test("names, places and what is drawn or measured may change, and the result is the same", async (t) => {
  const plain = await resume(edited(stopped.path, {}));
  const other = await resume(
    edited(stopped.path, {
      name: "other",
      weights: ["/nowhere"],
      "sample.everySeconds": 7,
      "checkpoint.everySeconds": 9,
      "checkpoint.keep": 5,
      "evaluate.count": 32,
      // Without effect, since the distance is another one.
      "train.lpips.network": "alex",
    }),
  );
  t.equal(other.finished, true);
  t.same(differences(plain, other), []);
});

t.test("accepted changes are logged, told, and what the next checkpoint holds", async (t) => {
  for (const isolate of [false, "thread", "process"] as const) {
    const path = edited(stopped.path, { seed: 5, "train.batch": 8 });
    const messages: string[] = [];
    const run = await resume(path, {
      isolate,
      changedSettings: true,
      onMessage: (text) => messages.push(text),
    });
    t.equal(run.finished, true);
    t.match(messages.join("\n"), /^warning: settings were changed .*: seed was 0, is now 5; train\.batch/m);
    t.match(readLog(run.log).find((line) => "changedSettings" in line)?.changedSettings, [
      { field: "seed", was: 0, is: 5 },
      { field: "train.batch", was: 4, is: 8 },
    ]);
    t.match(positionOf(checkpoints(run).at(-1)!), { settings: { seed: 5, "train.batch": 8 } });
    t.equal((await resume(path)).finished, true, "they are its settings now");
  }
});

t.test("accepting settings does not accept other averages, a network or images", async (t) => {
  const accepted = { changedSettings: true };
  await t.rejects(resume(edited(stopped.path, { "train.emaRates": [0.9] }), accepted), {
    code: "other-settings",
    message: /other averages/,
  });
  await t.rejects(resume(edited(stopped.path, { "generator.func.dim": 32 }), accepted), {
    code: "other-settings",
    message: /dim 16, now 32/,
  });
});
