// A made-up run folder for the tests of reports, and a strict reader of the pages they are.
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writePng } from "@imagefn/base";
import { createRunFolder, type LogEntry, openLog, type RunFolder, resolveConfig } from "@imagefn/runs";

/** What somebody would write into a name or a number to get into the page. */
export const hostile = `"'><img src=x onerror=alert(1)></script><script>alert(1)</script><!--`;

/** 20 steps of pre-training and `trained` of training, as a run logs them. */
export function logOf(trained: number): LogEntry[] {
  const rate = { learningRate: 1e-3, msPerStep: 50 };
  return [
    ...Array.from({ length: 20 }, (_, i) => ({
      ...{ phase: "pretrain", step: i + 1, loss: 1 / (i + 1), ...rate, seconds: i + 1 },
    })),
    { phase: "pretrain", step: 20, heldOutPsnr: 17.25 },
    ...Array.from({ length: trained }, (_, i) => ({
      ...{ phase: "train", step: i + 1, loss: 1e-3 / (i + 1), ...rate, N: 10 + i, seconds: 21 + i },
      gradientNorm: 0.5 + 0.1 * (i % 3),
      ...(i % 10 === 9 ? { denoisingDistance: 0.3 - i / 1000 } : {}),
    })),
  ];
}

/** A picture of one colour. */
export const picture = (run: RunFolder, name: string, side: number, rgb: readonly number[]): Promise<void> =>
  writePng(join(run.samples, name), { width: side, height: side }, [
    Uint8Array.from({ length: 3 * side * side }, (_, i) => rgb[i % 3]),
  ]);

/** A finished run of 20 + 30 steps, with two previews and a metrics.json. */
export async function madeUpRun(out: string): Promise<RunFolder> {
  const config = resolveConfig({
    preset: "avatars-tiny",
    name: "made-up",
    sample: {
      sizes: [
        [32, 32],
        [48, 64],
      ],
    },
  });
  const run = await createRunFolder(config, { out, command: "imagefn train --made-up" });
  const log = openLog(run.log);
  for (const line of logOf(30)) log.append(line);
  await picture(run, "data.png", 40, [200, 200, 200]);
  await picture(run, "preview-00000030.png", 40, [200, 40, 40]);
  await picture(run, "preview-00000040.png", 40, [40, 200, 40]);
  await picture(run, "32x32.png", 34, [40, 40, 200]);
  await picture(run, "48x64.png", 50, [40, 40, 210]);
  writeFileSync(
    join(run.path, "metrics.json"),
    JSON.stringify({
      imagefn: "0.1.0",
      samples: { run: "made-up", n: 64 },
      findings: [
        {
          metric: "PSNR",
          value: 21.123456,
          std: 0.5,
          n: 64,
          reference: 60,
          settings: { size: 32 },
          note: "3 of 64 left out",
        },
        { metric: "FID", reason: "weights are missing" },
      ],
    }),
  );
  return run;
}

/** One more line in a log. */
export const logMore = (run: RunFolder, entry: LogEntry): void =>
  appendFileSync(run.log, `${JSON.stringify(entry)}\n`);

export interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** The text of scripts, styles and titles; of others what comes before the next tag. */
  readonly text: string;
}

const empty = new Set(["meta", "link", "img", "input", "br"]);
const raw = new Set(["script", "style", "title"]);

/** The elements of a page in order. Throws where a browser would have to guess: tags left open, quotes left out. */
export function elementsOf(page: string): Element[] {
  const elements: Element[] = [];
  const open: string[] = [];
  let rest = page.replace(/^<!doctype html>\n/, "");
  if (rest === page) throw new Error("no doctype");
  const names: string[] = [];
  for (let at = rest.indexOf("<"); at >= 0; at = rest.indexOf("<")) {
    rest = rest.slice(at);
    const close = /^<\/([a-z0-9]+)>/.exec(rest);
    const start = /^<([a-z][a-z0-9]*)((?: [a-z-]+(?:="[^"<>]*")?)*)>/.exec(rest);
    if (close) {
      if (open.pop() !== close[1]) throw new Error(`</${close[1]}> closes nothing, after ${names.slice(-3)}`);
      rest = rest.slice(close[0].length);
    } else if (start) {
      const [tag, name, list] = start;
      rest = rest.slice(tag.length);
      const end = raw.has(name) ? rest.indexOf(`</${name}>`) : rest.indexOf("<");
      const attributes = new Map(
        [...list.matchAll(/ ([a-z-]+)(?:="([^"]*)")?/g)].map(([, key, value]) => [key, value ?? ""]),
      );
      elements.push({ name, attributes, text: rest.slice(0, end) });
      names.push(name);
      if (raw.has(name)) rest = rest.slice(end);
      if (!empty.has(name)) open.push(name);
    } else throw new Error(`no tag: ${rest.slice(0, 60)}`);
  }
  if (open.length > 0) throw new Error(`left open: ${open}`);
  return elements;
}
