// The spread of samples: by hand, and the warning where it falls.
import t from "tap";
import { spreadOf, spreadWatch } from "../dist/training/spread.js";

t.test("the standard deviation over images, averaged over their numbers", async (t) => {
  t.equal(spreadOf([[1, 5]]), 0, "one image");
  t.equal(
    spreadOf([
      [7, 7],
      [7, 7],
      [7, 7],
    ]),
    0,
    "copies",
  );
  t.equal(
    spreadOf([
      [0, 1],
      [2, 1],
    ]),
    0.5,
    "deviations 1 and 0",
  );
});

t.test("a fall is warned of, a small beginning is not", async (t) => {
  const watch = spreadWatch();
  const given = [0.02, 0.01, 0.3, 0.62, 0.4, 0.3, 0.02, 0.7];
  const warned = given.map((spread, i) => watch.warning(spread, 100 * i));
  t.same(
    warned.map((text) => text !== undefined),
    [false, false, false, false, false, true, true, false],
  );
  t.match(warned[6], /^warning: at step 600 .* 2 % of the data's, after 62 % at step 300\./);
});
