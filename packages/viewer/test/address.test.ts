// What the explorer shows as the fragment of its address: there and back, and nothing comes of anything else.
import t from "tap";
import { addressOf, type Seen, seenAt, wholePicture } from "../dist/explore/client/address.js";

const usual: Seen = {
  seed: 7,
  sample: 0,
  other: 1,
  mix: 0,
  steps: 1,
  width: 512,
  height: 512,
  view: wholePicture,
};
const at = (fragment: string) => seenAt(fragment, usual, 3, 8);

t.test("what is seen comes back", async (t) => {
  t.equal(addressOf(usual, usual), "#seed=7&sample=0");
  t.same(at("#seed=7&sample=0"), { ...usual, label: undefined });
  const view = { left: 0.25, top: 0.5, width: 0.125, height: 0.125 };
  const seen = {
    seed: 4_294_967_295,
    sample: 12,
    label: 2,
    other: 5,
    mix: 30,
    steps: 3,
    width: 96,
    height: 160,
    view,
  };
  const fragment = addressOf(seen, usual);
  t.equal(
    fragment,
    "#seed=4294967295&sample=12&class=2&other=5&mix=30&steps=3&width=96&height=160&zoom=8&x=0.31250&y=0.56250",
  );
  t.same(at(fragment), seen);
});

t.test("windows come back to a thousandth of what they show, and stay there", async (t) => {
  for (const extent of [0.999, 0.37, 1e-3, 3.3e-7, 1e-9])
    for (const start of [0, 0.123456789012 * (1 - extent), 1 - extent]) {
      const view = { left: start, top: 1 - extent - start, width: extent, height: extent };
      const fragment = addressOf({ ...usual, view }, usual);
      const again = at(fragment);
      for (const side of ["left", "top", "width"] as const)
        t.ok(Math.abs(again.view[side] - view[side]) < 1e-3 * extent, `${side} of ${extent} at ${start}`);
      t.equal(addressOf(again, usual), fragment);
    }
});

t.test("an opened file leaves no sample in the address", async (t) => {
  t.equal(addressOf({ ...usual, sample: undefined, width: 10 }, usual), "#width=10&height=512");
  t.equal(addressOf({ ...usual, sample: undefined }, usual), "#");
});

t.test("what is no value is as usual", async (t) => {
  for (const fragment of [
    ...[
      "",
      "#",
      "#&&=",
      "#%",
      "#%E0%A4%A",
      "#seed",
      "#sample=",
      "#__proto__=1&constructor=2",
      "#".repeat(5000),
    ],
    ...["seed=-1", "seed=4294967296", "seed=1e3", "seed=0x10", "seed= 1", "seed=NaN", "seed=<img src=x>"],
    ...[
      "sample=1.5",
      "sample=99999999999",
      "class=3",
      "class=-1",
      "class=x",
      "other=1&mix=101",
      "mix=5.5",
      "steps=0",
      "steps=9",
    ],
    ...["width=0", "width=16385", "height=Infinity", "zoom=0.5", "zoom=1e9", "zoom=1000000001", "zoom=-2"],
  ])
    t.same(at(fragment), { ...usual, label: undefined }, fragment.slice(0, 40));
  t.match(
    at("#sample=4&seed=x&class=1&foo=bar&sample=9"),
    { seed: 7, sample: 4, label: 1 },
    "the rest counts",
  );
  t.same(
    at("#zoom=4&x=2&y=0.01").view,
    { left: 0.375, top: 0, width: 0.25, height: 0.25 },
    "within the picture",
  );
  t.equal(seenAt("#class=0", usual, 0, 1).label, undefined, "a run without classes");
});
