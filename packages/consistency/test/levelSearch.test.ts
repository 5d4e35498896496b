// The search for noise levels finds the least of functions that are known, with few evaluations.
import { searchLevels } from "@imagefn/consistency";
import t from "tap";

const candidates = Array.from({ length: 12 }, (_, i) => 80 / 2 ** (i + 1));

t.test("each level between its neighbours, above and below where the search began", async (t) => {
  const aims = [10, 1.25, 0.15625];
  const seen: string[] = [];
  const { levels, score } = await searchLevels({
    candidates,
    start: [4, 2, 0.5],
    async score(levels) {
      t.ok(
        levels.every((level, i) => i === 0 || level < levels[i - 1]),
        "levels fall",
      );
      seen.push(levels.join());
      return levels.reduce((sum, level, i) => sum + Math.abs(Math.log2(level / aims[i])), 0);
    },
  });
  t.same(levels, aims);
  t.equal(score, 0);
  t.equal(seen[0], "5,2.5,0.625", "the nearest to the start come first");
  t.equal(new Set(seen).size, seen.length, "nothing is evaluated twice");
  t.ok(seen.length < 16, `${seen.length} scores`);
});

t.test("one level is the best of all, however many minima there are", async (t) => {
  const scores = [5, 3, 4, 5, 2, 5, 5, 3, 5, 1, 5, 4];
  const found = await searchLevels({
    candidates,
    start: [40],
    score: async ([level]) => scores[candidates.indexOf(level)],
  });
  t.same(found, { levels: [candidates[9]], score: 1 });
});

t.test("candidates that are few or far", async (t) => {
  const any = async () => 0;
  t.same((await searchLevels({ candidates: [3, 2], start: [70, 60], score: any })).levels, [3, 2]);
  t.same((await searchLevels({ candidates: [3, 2, 1], start: [0.1, 0.01], score: any })).levels, [2, 1]);
  t.same(await searchLevels({ candidates: [3], start: [], score: any }), { levels: [], score: 0 });
  await t.rejects(
    searchLevels({ candidates: [3], start: [2, 1], score: any }),
    /2 levels needs as many candidates \(got 1\)/,
  );
});
