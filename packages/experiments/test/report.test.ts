// Tables and the report page of given measurements.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { experiments } from "../dist/reproduce/experiments/index.js";
import type { Results, Score, Training } from "../dist/reproduce/measured.js";
import { writeReproduction } from "../dist/reproduce/report.js";
import { tableMarkdown } from "../dist/tables.js";

const named = (name: string) => experiments.find((one) => one.name === name)!;

const FRECHET = "Fréchet distance (nsfwjs)";

const scores = (values: Record<string, number>): Record<string, Score> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value, n: 256 }]));

const training = (over: Partial<Training>): Training => ({
  steps: 100,
  pretrainSteps: 0,
  msPerStep: 100,
  minutes: 1,
  pretrainMinutes: 0,
  loss: 1,
  losses: [],
  denoising: [],
  ...over,
});

t.test("the paper's numbers stand under ours, and missing weights are said", (t) => {
  const [table] = named("quality").tables(
    {
      "CM-Func 16 px": {
        scores: { FID: { missing: "weights missing: Inception-2015" }, ...scores({ [FRECHET]: 123.4 }) },
      },
    },
    "tiny",
  );
  const text = tableMarkdown(table);
  t.match(text, /\| CM-Func 16 px \| weights missing \|.*123 \|/);
  t.match(text, /\| CM-Func 16 px: the paper, CelebA-64 \| 29\.49 \| 45\.1 \| 2\.08 \| 0\.78 \| 0\.094 \|/);
  t.end();
});

t.test("the report holds everything, and lets nothing in from elsewhere", async (t) => {
  const out = t.testdir({ aspect: {} });
  const png = join(out, "aspect", "samples.png");
  writeFileSync(png, "picture");
  const experiment = named("aspect");
  const results: Results = {
    "CM-Func": {
      agreement: [{ width: 128, height: 64, psnr: 12 }],
      parameters: 123_456,
      training: training({}),
    },
  };
  const outcome = {
    experiment,
    results,
    tables: experiment.tables(results, "tiny"),
    claims: experiment.claims.map(({ by, text, judge }) => ({ by, text, ...judge(results, "tiny") })),
    figures: [{ name: "samples", caption: "Samples <of it>", png }],
    runs: [{ label: "CM-Func", run: "func-64-0123456789" }],
  };
  const lab = { scale: "tiny", out, engine: { name: "onnx" } } as const;
  const about = { madeBy: "imagefn reproduce all", minutes: 3 };
  const [page, text] = (await writeReproduction(lab, [outcome], about)).map((path) =>
    readFileSync(path, "utf8"),
  );
  t.match(page, `data:image/png;base64,${Buffer.from("picture").toString("base64")}`);
  t.match(page, "Samples &#60;of it&#62;");
  t.match(page, /<td class="fails">does not hold<\/td>/);
  t.notMatch(page, /<script|https?:/);
  const styles = /<style>(.*?)<\/style>/s.exec(page)![1];
  t.match(page, createHash("sha256").update(styles).digest("base64"), "the style is the one that is let in");
  t.match(
    text,
    "| aspect | Pictures of any ratio of width to height can be drawn from one function. | does not hold |",
  );
  t.match(text, "![Samples <of it>](aspect/samples.png)");
  t.match(text, "| func-64-0123456789 | 123,456 |");
  t.match(text, /Of the paper's claims 0 hold here, 1 do not, and 0 cannot be decided/);
  t.notMatch(text, out, "no path of this machine");
});
