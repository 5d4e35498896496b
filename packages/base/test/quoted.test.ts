// Names in messages: ordinary ones as they are, others so that they cannot pass for anything else.
import { quoted } from "@imagefn/base";
import t from "tap";

t.test("ordinary names stay as they are", async (t) => {
  for (const name of [
    "a.png",
    "/home/me/My Pictures/été (2).jpg",
    "日本語",
    'say "hi"',
    "C:\\pictures\\1.png",
    "👩‍🚀.png",
    "नमस्ते",
  ])
    t.equal(quoted(name), name);
});

t.test("what is no text does not end the message it is for", async (t) => {
  for (const value of [undefined, null, 5, {}, ["a\nb"]]) t.type(quoted(value as never), "string");
  t.equal(quoted(undefined as never), "undefined");
});

t.test("names that would be taken for something else are JSON strings with escapes", async (t) => {
  for (const [name, expected] of [
    ["a\nimagefn: all is well", '"a\\nimagefn: all is well"'],
    ["\u001b[2J.png", '"\\u001b[2J.png"'],
    ["a\u007fb\u009bc", '"a\\u007fb\\u009bc"'],
    ["photo\u202egpj.exe", '"photo\\u202egpj.exe"'],
    ["a\u2066b\u2069", '"a\\u2066b\\u2069"'],
    ["a\u2028b\u2029c", '"a\\u2028b\\u2029c"'],
    ["\ufeffcat", '"\\ufeffcat"'],
    ["ca\u200bt", '"ca\\u200bt"'],
    [" cat", '" cat"'],
    ["cat ", '"cat "'],
    ["", '""'],
    ["\ud800", '"\\ud800"'],
    ['q"\t', '"q\\"\\t"'],
  ]) {
    t.equal(quoted(name), expected);
    t.equal(JSON.parse(quoted(name)), name, "nothing is lost");
    t.equal(quoted(quoted(name)), expected, "once is enough");
  }
});
