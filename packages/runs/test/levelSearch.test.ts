// Levels found by search: kept in the run, used by sampling for their weights and steps, and left out on request.
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type DrawOptions, multistepLevels, openRun, train } from "@imagefn/runs";
import t from "tap";
import { tiny } from "./tiny.js";

t.setTimeout(240_000);
const home = t.testdir();
const run = await train(tiny, { out: join(home, "run"), isolate: false });
const levelsFile = join(run.path, "levels.json");

async function drawn(options: DrawOptions) {
  const messages: string[] = [];
  const [path] = await run.draw({
    ...{ count: 1, steps: 2, out: join(home, "out") },
    ...options,
    onMessage: (text) => messages.push(text),
  });
  return { name: basename(path), messages: messages.join("\n") };
}

t.test("what cannot be searched is refused", async (t) => {
  const refused = (options: { steps: number; count?: number }, message: RegExp) =>
    t.rejects(run.searchLevels({ network: "random-conv", ...options }), { code: "invalid-option", message });
  await refused({ steps: 1 }, /^steps is 1 \(expected 2 or more/);
  await refused({ steps: 151 }, /^steps 151: .*train\.s1 150/);
  await refused({ steps: 22 }, /^steps 22: levels are searched among 12 below 80\. Use 13 or fewer\.$/);
  await refused({ steps: 2, count: 48 }, /^count 48: a distance over random convolutions needs 49/);
});

t.test("a search keeps the best levels that it saw, and sampling uses them", async (t) => {
  const seen: [string, number][] = [];
  const search = await run.searchLevels({
    ...{ steps: 2, count: 49, network: "random-conv" },
    onMessage(text) {
      const [, levels, distance] = /^levels 80, (.*): (.*)$/.exec(text) ?? [];
      if (levels) seen.push([levels, Number(distance)]);
    },
  });
  t.ok(seen.length > 5 && seen.length < 25, `${seen.length} distances`);
  t.match(search, { step: 10, ema: 0.9, count: 49, reference: 60, seed: 0 });
  t.equal(search.metric, "Frechet distance (random convolutions)");
  const [{ steps, levels, distance, plain }] = search.found;
  t.equal(steps, 2);
  t.equal(Number(distance.toPrecision(4)), Math.min(...seen.map(([, one]) => one)));
  t.equal(Number(plain.toPrecision(4)), seen[0][1], "the usual levels are measured first");
  t.same(JSON.parse(readFileSync(levelsFile, "utf8")).found, search.found);

  const used = await drawn({});
  t.equal(used.name, "step10-seed0-count1-searched2-16x16.png");
  t.match(used.messages, `noise levels 80, ${levels[0].toPrecision(3)} (found by search)`);
  const usual = multistepLevels(2, run.config.train)[0].toPrecision(3);
  const left = await drawn({ plainLevels: true });
  t.equal(left.name, "step10-seed0-count1-levels2-16x16.png");
  t.match(left.messages, new RegExp(`noise levels 80, ${usual.replace(".", "\\.")}$`));
  t.equal((await drawn({ steps: 3 })).name, "step10-seed0-count1-levels3-16x16.png", "other steps");
  const other = await drawn({ ema: 0.5 });
  t.equal(other.name, "step10-seed0-count1-ema0.5-levels2-16x16.png");
  t.match(other.messages, /levels\.json is of step 10, weights 0\.9: its levels are not used/);
});

t.test("a file that holds no levels is refused by name", async (t) => {
  for (const text of ["{", '{"found": [{"steps": 2, "levels": [90]}]}']) {
    writeFileSync(levelsFile, text);
    const again = await openRun(run.path);
    await t.rejects(again.draw({ count: 1, steps: 2, out: home }), {
      code: "invalid-data",
      message: /levels\.json does not hold the levels of a search\. Remove it/,
    });
    t.equal((await again.draw({ count: 1, out: home })).length, 1, "one step does not read it");
  }
});
