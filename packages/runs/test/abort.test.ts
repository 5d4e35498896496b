// Stopping at every moment, by the signal or by a callback that throws: the promise settles, a checkpoint stays, and
// nothing runs on.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  type Isolation,
  listCheckpoints,
  openRun,
  type Progress,
  type Run,
  readLog,
  train,
} from "@imagefn/runs";
import t, { type Test } from "tap";
import { abortAt, tiny as short } from "./tiny.js";

t.setTimeout(280_000);
const home = t.testdir();
const at = (name: string) => join(home, name);
// Of its own, so that no earlier run has prepared the images.
process.env.IMAGEFN_CACHE = at("cache");
/** Enough steps that a request to stop is heard before they are over. */
const tiny = {
  ...short,
  pretrain: { ...short.pretrain, steps: 40 },
  train: { ...short.train, steps: 60 },
};
const isolations: (Isolation | false)[] = ["thread", "process", false];

/** What became of a training: the run, or what it threw. */
const outcome = (training: Promise<Run>): Promise<{ run?: Run; error?: unknown }> =>
  training.then(
    (run) => ({ run }),
    (error: unknown) => ({ error }),
  );

/** Processes that this one has started. Node does not list threads: one that stays keeps this test from ending. */
const active = () => process.getActiveResourcesInfo().filter((name) => name === "ProcessWrap");

/** No thread and no process of a training is left. */
async function nothingLeft(t: Test): Promise<void> {
  // Handles of what has ended are closed in the next turn.
  await new Promise((resolve) => setTimeout(resolve, 10));
  t.same(active(), [], "nothing runs on");
}

/** The run goes on from what was kept, to its end. */
async function goesOn(t: Test, run: Run): Promise<void> {
  const resumed = await run.resume({ isolate: false });
  t.equal(resumed.finished, true);
  t.ok(existsSync(join(resumed.samples, "16x16.png")));
}

const moments: Record<string, (progress: Progress) => boolean> = {
  "pre-training": ({ phase }) => phase === "pretrain",
  "the last step of pre-training": ({ phase, step, total }) => phase === "pretrain" && step === total,
  "the last step": ({ phase, step, total }) => phase === "train" && step === total,
  sampling: ({ phase, step }) => phase === "sample" && step > 0,
};

for (const isolate of isolations) {
  t.test(`isolate ${isolate}: aborted before the first step, it leaves nothing`, async (t) => {
    const out = at(`data-${isolate}`);
    // Other images than those that are prepared already.
    const config = { ...tiny, data: { ...tiny.data, count: 70 + isolations.indexOf(isolate) } };
    const aborted = train(config, { out, isolate, ...abortAt(({ phase }) => phase === "data") });
    await t.rejects(aborted, { name: "AbortError" });
    t.notOk(existsSync(out));
    await nothingLeft(t);
  });

  for (const [moment, fits] of Object.entries(moments))
    t.test(`isolate ${isolate}: aborted in ${moment}`, async (t) => {
      const out = at(`${moment.replaceAll(" ", "-")}-${isolate}`);
      let seen: string[] = [];
      const { signal, onProgress } = abortAt(fits);
      const training = train(tiny, {
        out,
        isolate,
        signal,
        onProgress(progress) {
          seen = active();
          onProgress(progress);
        },
      });
      const { run, error } = await outcome(training);
      t.equal(seen.length > 0, isolate === "process", "a process can be seen while it runs");
      // During the last step there is no step left to stop after: it ends as soon as the samples begin.
      if (error) t.match(error, { name: "AbortError" });
      if (moment === "sampling") t.ok(error);
      else if (moment !== "the last step") t.equal(run?.finished, false);
      await nothingLeft(t);
      const written = readdirSync(out, { recursive: true }).map(String);
      t.same(
        written.filter((name) => name.endsWith(".tmp") || name.endsWith(".lock")),
        [],
        "no file is half written",
      );
      const kept = await openRun(out);
      t.ok(listCheckpoints(kept).length > 0, "there is a checkpoint");
      // What is kept does not depend on where it was trained.
      if (isolate === "thread") await goesOn(t, kept);
    });

  t.test(`isolate ${isolate}: aborted during a preview`, async (t) => {
    const out = at(`preview-${isolate}`);
    const controller = new AbortController();
    const previews = () =>
      existsSync(join(out, "samples")) &&
      readdirSync(join(out, "samples")).some((name) => name.includes("preview"));
    const timer = setInterval(() => previews() && controller.abort(), 1);
    const config = {
      ...tiny,
      train: { ...tiny.train, steps: 100_000 },
      sample: { ...tiny.sample, everySeconds: 1 },
    };
    const run = await train(config, { out, isolate, signal: controller.signal });
    clearInterval(timer);
    t.equal(run.finished, false);
    t.equal(listCheckpoints(run).length > 0, true);
    t.notOk(
      readdirSync(run.samples).some((name) => name.endsWith(".tmp")),
      "no picture is half written",
    );
    t.ok(
      readLog(run.log).some(({ sampleSpread }) => Number(sampleSpread) > 0),
      "how much the samples differ is in the log",
    );
    await nothingLeft(t);
  });

  t.test(`isolate ${isolate}: what a callback throws is what the promise rejects with`, async (t) => {
    const broken = new Error("broken callback");
    const cases: [name: string, fits: (progress: Progress) => boolean][] = [
      ["training", ({ phase }) => phase === "train"],
      ["sampling", ({ phase }) => phase === "sample"],
    ];
    for (const [name, fits] of cases) {
      const out = at(`callback-${name}-${isolate}`);
      let calls = 0;
      const onProgress = (progress: Progress) => {
        if (!fits(progress)) return;
        calls++;
        throw broken;
      };
      t.equal((await outcome(train(tiny, { out, isolate, onProgress }))).error, broken, name);
      t.equal(calls, 1, "it is not called again");
      await nothingLeft(t);
      t.ok(listCheckpoints(await openRun(out)).length > 0, "there is a checkpoint");
    }
    const onMessage = () => {
      throw broken;
    };
    const out = at(`message-${isolate}`);
    t.equal((await outcome(train(tiny, { out, isolate, onMessage }))).error, broken, "onMessage");
    t.notOk(existsSync(out), "it had not begun");
    await nothingLeft(t);
    const onProgress = async ({ phase }: Progress) => {
      if (phase === "train") throw broken;
    };
    const later = await outcome(train(tiny, { out: at(`async-${isolate}`), isolate, onProgress }));
    t.equal(later.error, broken, "a promise that rejects");
  });
}

t.test("a signal that is aborted already: no folder is made, and onStart is not called", async (t) => {
  const out = at("never");
  let started = false;
  const onStart = () => {
    started = true;
  };
  const signal = AbortSignal.abort(new Error("not today"));
  await t.rejects(train(tiny, { out, signal, onStart }), { message: "not today" });
  t.same([existsSync(out), started], [false, false]);
});

t.test("sample, images, draw and evaluate stop too, and so does a callback of theirs", async (t) => {
  const run = await train(tiny, { out: at("sampled"), isolate: false });
  const signal = AbortSignal.abort();
  for (const job of ["sample", "images", "draw", "evaluate"] as const)
    await t.rejects(run[job]({ signal } as object) as Promise<unknown>, { name: "AbortError" }, job);
  const { signal: later, onProgress } = abortAt(({ phase }) => phase === "16x16");
  await t.rejects(run.draw({ out: at("drawn"), signal: later, onProgress }), { name: "AbortError" });
  t.same(readdirSync(at("drawn")), []);
  const onPicture = () => {
    throw new Error("no room on the wall");
  };
  await t.rejects(run.draw({ onPicture }), { message: "no room on the wall" });
});
