// The shipped run: small, opened without a trace, and its samples look like avatars of its style and of no other.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { avatars } from "@imagefn/avatars-model";
import { renderBytes } from "@imagefn/inr";
import { readSafetensors } from "@imagefn/ops";
import { openRun, resolveConfig } from "@imagefn/runs";
import t from "tap";

t.setTimeout(120_000);
const folder = fileURLToPath(avatars);

/** Every file and folder of the run, with its size and time. */
const contents = () =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .sort()
    .map((name) => {
      const { size, mtimeMs } = statSync(join(folder, name));
      return [name, size, mtimeMs] as const;
    });
const before = contents();
const run = await openRun(folder);

t.test("the files are those of a run, in float16, of less than 3 MB", async (t) => {
  const names = before.map(([name]) => name);
  t.match(names, ["checkpoints", /^checkpoints.step-\d{8}\.safetensors$/, "config.yaml"]);
  t.equal(names.length, 3);
  t.ok(before.reduce((sum, [, size]) => sum + size, 0) < 3e6);
  const bytes = readFileSync(join(folder, names[1]));
  const header = bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString();
  t.same([...new Set(header.match(/"dtype":"\w+"/g))], ['"dtype":"F16"']);
  for (const [name, { data }] of readSafetensors(bytes).tensors) t.ok(data.every(Number.isFinite), name);
  t.equal(run.finished, true);
});

t.test("samples are functions that differ, and are the same each time", async (t) => {
  const faces = await run.sample({ count: 8, seed: 1 });
  const pictures = await Promise.all(faces.map((face) => renderBytes(face, { width: 40, height: 40 })));
  const apart = pictures.slice(1).map(({ data }) => {
    const differences = data.map((v, i) => Math.abs(v - pictures[0].data[i]));
    return differences.reduce((a, b) => a + b, 0) / data.length;
  });
  t.ok(Math.min(...apart) > 5, `mean differences from the first: ${apart}`);
  t.same(await run.sample({ count: 2, first: 3, seed: 1 }), faces.slice(3, 5));
});

t.test("samples look like what the model was trained on", async (t) => {
  const distance = async (reference?: ReturnType<typeof resolveConfig>) => {
    const { findings } = await run.evaluate({ count: 128, metrics: ["random-conv"], reference });
    return (findings[0] as { readonly value: number }).value;
  };
  const own = await distance();
  const { styles: _, ...data } = run.config.data;
  const other = await distance(
    resolveConfig({ preset: "avatars-tiny", data: { ...data, styles: ["thumbs"], count: 500 } }),
  );
  t.ok(own < 6, `${own} from its own data`);
  t.ok(other > 5 * own, `${other} from another style`);
});

t.test("its readers leave nothing in the package", async (t) => {
  t.same(contents(), before);
});

t.test("the model card is that of the files", async (t) => {
  const readme = readFileSync(fileURLToPath(new URL("../README.md", import.meta.url)), "utf8");
  const { size } = statSync(join(folder, before[1][0]));
  t.match(readme, `float16, ${(size / 1e6).toFixed(1)} MB`);
  t.match(readme, `| preset | \`${run.config.name}\`, seed ${run.config.seed} |`);
  t.match(readme, /reconstruction of held-out avatars, after pre-training \| \d\d\.\d\d dB PSNR/);
});
