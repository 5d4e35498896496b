// The search for noise levels finds the least of functions that are known, with few evaluations.
import { searchLevels, ternarySearch } from "@imagefn/consistency";
import t from "tap";

t.test("the least of a unimodal function, wherever it is", async (t) => {
  for (const n of [1, 2, 3, 4, 5, 9, 40])
    for (let least = 0; least < n; least++) {
      const asked: number[] = [];
      const found = await ternarySearch(0, n - 1, async (i) => {
        asked.push(i);
        return i < least ? 3 * (least - i) : i - least;
      });
      t.same(found, { at: least, value: 0 }, `${least} of ${n}`);
      t.equal(new Set(asked).size, asked.length, "nothing is evaluated twice");
      t.ok(asked.length <= 3 + 2 * Math.ceil(Math.log(n) / Math.log(1.5)), `${asked.length} of ${n}`);
    }
});

t.test("where the score is not unimodal, the best of what was looked at", async (t) => {
  const scores = [5, 5, 1, 5, 5, 5, 4, 5, 5];
  const asked: number[] = [];
  const { at, value } = await ternarySearch(0, 8, async (i) => {
    asked.push(i);
    return scores[i];
  });
  t.equal(value, Math.min(...asked.map((i) => scores[i])));
  t.equal(scores[at], value);
});

t.test("levels one at a time, each below the one before", async (t) => {
  const candidates = Array.from({ length: 30 }, (_, i) => 80 * 0.75 ** (i + 1));
  // The nearest to 10, 1 and 0.1 are the best, in the logarithm.
  const score = async (levels: readonly number[]) =>
    levels.reduce((sum, level, i) => sum + Math.abs(Math.log(level / [10, 1, 0.1][i])), 0);
  const found = await searchLevels(4, candidates, score);
  const nearest = (aim: number) =>
    candidates.reduce((a, b) => (Math.abs(Math.log(b / aim)) < Math.abs(Math.log(a / aim)) ? b : a));
  const best = [10, 1, 0.1].map(nearest);
  t.same(
    found.map(({ levels }) => levels),
    [best.slice(0, 1), best.slice(0, 2), best],
  );
  t.equal(found[2].score, await score(best));
  t.same(await searchLevels(1, candidates, score), [], "one step has no further levels");
  t.equal((await searchLevels(5, [3, 2], async () => 0)).length <= 2, true, "no more levels than candidates");
});

t.test("bounds that are none are refused", async (t) => {
  for (const [low, high] of [
    [1, 0],
    [0.5, 2],
  ])
    await t.rejects(
      ternarySearch(low, high, async () => 0),
      /whole number up to another/,
    );
});
