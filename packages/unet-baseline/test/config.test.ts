// Parameter counts of the paper's configurations, and what settings that make no network are told.
import { type HostArray, leaves, random } from "@imagefn/ops";
import {
  initUnet,
  levelsOf,
  paperUnet,
  paperUnet128,
  paperUnet128Deep,
  paperUnetCifar10,
  paperUnetCifar10Plain,
  type UnetConfig,
  unet,
  unetRecord,
} from "@imagefn/unet-baseline";
import t from "tap";
import { tiny } from "./tiny.js";

type Size = [number, number];
const paramsOf = (config: UnetConfig, size: Size) =>
  leaves<HostArray>(initUnet(config, size, random(0))).map(([path, { shape }]) => ({
    path,
    numbers: shape.reduce((a, b) => a * b, 1),
  }));
const count = (config: UnetConfig, size: Size) =>
  paramsOf(config, size).reduce((total, { numbers }) => total + numbers, 0);
const attentions = (config: UnetConfig, size: Size) =>
  paramsOf(config, size).filter(({ path }) => path.endsWith("qkv.weight")).length;

t.test("parameter counts of the paper's configurations", async (t) => {
  const rows: [string, UnetConfig, number, parameters: number, attentions: number][] = [
    ["64", paperUnet, 64, 387_236_611, 16],
    ["64, sizes changed by convolutions", { ...paperUnet, resample: "conv" }, 64, 357_918_979, 16],
    ["32, unconditional", paperUnet, 32, 367_552_771, 16],
    ["CIFAR-10, 2 blocks", paperUnetCifar10Plain, 32, 367_563_011, 16],
    ["CIFAR-10", paperUnetCifar10, 32, 497_016_835, 22],
    ["128", paperUnet128, 128, 381_978_371, 11],
    ["128, five levels", paperUnet128Deep, 128, 399_506_691, 16],
  ];
  for (const [name, config, side, parameters, attention] of rows) {
    t.equal(count(config, [side, side]), parameters, name);
    t.equal(attentions(config, [side, side]), attention, `${name}: attention blocks`);
  }
});

t.test("levels", async (t) => {
  t.same(levelsOf(paperUnet128, [128, 128]), [
    { width: 256, attends: false },
    { width: 512, attends: false },
    { width: 768, attends: true },
    { width: 1024, attends: true },
  ]);
  t.same(
    levelsOf({ ...paperUnet, attention: [32] }, [64, 32]).map(({ attends }) => attends),
    [false, true, false, false],
    "the longer side counts",
  );
  t.same(
    levelsOf({ ...paperUnet, attention: [64, 8] }, [32, 32]).map(({ attends }) => attends),
    [false, false, true, false],
    "a larger size may be named for other images",
  );
});

t.test("settings that make no network", async (t) => {
  const wrong: [Partial<UnetConfig>, Size, string][] = [
    [
      {},
      [20, 64],
      "multipliers has 4 levels, and the image size 20 x 64 cannot be halved 3 times: use fewer levels, or multiples of 8",
    ],
    [
      {},
      [36, 36],
      "multipliers has 4 levels, and the image size 36 cannot be halved 3 times: use fewer levels, or multiples of 8",
    ],
    [
      { headChannels: 48, attention: [32, 8] },
      [64, 64],
      "headChannels is 48, which does not divide the 512 channels of level 2; " +
        "headChannels is 48, which does not divide the 1024 channels of level 4",
    ],
    [
      { attention: [], headChannels: 768 },
      [64, 64],
      "headChannels is 768, which does not divide the 1024 channels of level 4",
    ],
    [
      { attention: [32, 12] },
      [64, 64],
      "attention holds 12, and no feature map has that size: expected 64, 32, 16, ..",
    ],
    [
      { attention: [0] },
      [64, 64],
      "attention holds 0, and no feature map has that size: expected 64, 32, 16, ..",
    ],
    [{ multipliers: [] }, [64, 64], "multipliers names no level: expected at least one number"],
    [{ multipliers: [1, 0.5] }, [64, 64], "multipliers holds 0.5: expected positive whole numbers"],
    [{ channels: 0 }, [64, 64], "channels must be a positive whole number (got 0)"],
    [
      { channels: 33, headChannels: 11, groups: 11 },
      [64, 64],
      "channels is 33, which is odd: the noise level is as many cosines as sines",
    ],
    [
      { blocks: 0, headChannels: 1.5 },
      [64, 64],
      "blocks must be a positive whole number (got 0); headChannels must be a positive whole number (got 1.5)",
    ],
    [
      { groups: 48 },
      [64, 64],
      "groups is 48, which does not divide the 256 channels of the first layer: choose a divisor, as 32",
    ],
    [
      { channels: 16, headChannels: 16 },
      [64, 64],
      "groups is 32, which does not divide the 16 channels of the first layer: choose a divisor, as 4",
    ],
    [{ groups: 0 }, [64, 64], "groups must be a positive whole number (got 0)"],
    [{ classes: -1 }, [64, 64], "classes must be 0 or a positive whole number (got -1)"],
    [{ resample: "pool" as "conv" }, [64, 64], 'resample is "pool": expected "residual" or "conv"'],
  ];
  for (const [change, size, message] of wrong) {
    const expected = { message: `unet-baseline: ${message}` };
    t.throws(() => unet({ ...paperUnet, ...change }, size), expected);
    t.throws(() => initUnet({ ...paperUnet, ...change }, size, random(0)), expected);
  }
  t.doesNotThrow(() => unet(tiny.conv, [8, 4]));
  const { classes, ...settings } = paperUnet;
  t.match(
    unetRecord.problems(settings, [36, 36], (field) => `data.${field}`),
    [{ field: "multipliers", message: /^has 4 levels, and data\.size 36 cannot be halved 3 times/ }],
  );
});
