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

t.test("each level between its neighbours, above and below where the search began", async (t) => {
  const candidates = Array.from({ length: 30 }, (_, i) => 80 * 0.75 ** (i + 1));
  const nearest = (aim: number) =>
    candidates.reduce((a, b) => (Math.abs(Math.log(b / aim)) < Math.abs(Math.log(a / aim)) ? b : a));
  for (const aims of [[1], [10, 0.1], [10, 1, 0.1]]) {
    const seen: number[] = [];
    const { levels, score } = await searchLevels({
      candidates,
      start: [4, 2, 0.5].slice(0, aims.length),
      async score(levels) {
        t.ok(
          levels.every((level, i) => i === 0 || level < levels[i - 1]),
          "levels fall",
        );
        seen.push(levels.reduce((sum, level, i) => sum + Math.abs(Math.log(level / aims[i])), 0));
        return seen.at(-1)!;
      },
    });
    t.equal(score, Math.min(...seen));
    const last = aims.length - 1;
    t.equal(levels[last], nearest(aims[last]), "the last is the best of all below the others");
    if (last === 0) t.same(levels, [nearest(1)]);
  }
});

t.test("candidates that are few or far", async (t) => {
  const any = async () => 0;
  t.same((await searchLevels({ candidates: [3, 2], start: [70, 60], score: any })).levels, [3, 2]);
  t.same((await searchLevels({ candidates: [3, 2, 1], start: [0.1, 0.01], score: any })).levels.length, 2);
  t.same(await searchLevels({ candidates: [3], start: [], score: any }), {
    levels: [],
    score: Number.POSITIVE_INFINITY,
  });
  await t.rejects(
    searchLevels({ candidates: [3], start: [2, 1], score: any }),
    /2 levels needs as many candidates \(got 1\)/,
  );
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
