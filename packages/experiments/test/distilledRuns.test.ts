// A run that distils another one of the same results: trained after it, from wherever the results are.
import { join } from "node:path";
import { openRunFolder } from "@imagefn/runs";
import t from "tap";
import { distilling, isTrained, runPlace, trainRun } from "../dist/reproduce/runs.js";
import { tinyConfig } from "./tiny.js";

t.setTimeout(120_000);
const out = t.testdir({});
const teacher = tinyConfig("func", { train: { objective: "diffusion" } });
const student = distilling(tinyConfig("func", { train: { objective: "distill", teacher: "any" } }), teacher);

t.test("the teacher is found beside the run, whose folder depends on it", async (t) => {
  t.not(runPlace(out, student), runPlace(out, distilling(student, { ...teacher, seed: 1 })));
  await t.rejects(trainRun(out, student, {}), { code: "training-failed", message: /there is no run folder/ });
  await trainRun(out, teacher, {});
  await trainRun(out, student, {});
  t.ok(await isTrained(out, student));
  const { config } = openRunFolder(runPlace(out, student));
  t.equal(config.train.teacher, join(runPlace(out, teacher)));
  await trainRun(out, student, {});
});
