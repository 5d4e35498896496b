// `imagefn presets`: lists the presets.
import { dataKind, type Preset, presets } from "@imagefn/runs/names";
import type { Print } from "../output.js";

/** Prints each preset's name and description, and what it needs. */
export function run(_options: object, print: Print): object {
  const width = Math.max(...Object.keys(presets).map((name) => name.length)) + 2;
  for (const [name, preset] of Object.entries(presets)) {
    const lines = wrap([preset.description, ...needs(preset)].join(" "), 100 - width);
    lines.forEach((line, index) => {
      print(`${(index === 0 ? name : "").padEnd(width)}${line}\n`);
    });
  }
  return { presets: Object.entries(presets).map(([name, preset]) => documentOf(name, preset)) };
}

/** A preset with what it trains on; `path` is what `--data` has to name, null if nothing. */
function documentOf(name: string, { description, config: { data, train } }: Preset): object {
  const { size, kind } = data;
  const path = dataKind(kind).path ?? null;
  return { name, description, data: kind, size, path, distance: train?.distance ?? null };
}

/** What the command line has to supply. */
function needs({ config: { data, train } }: Preset): string[] {
  const { path } = dataKind(data.kind);
  return [
    ...(path ? [`Needs --data DIR: ${path}.`] : []),
    ...(train?.distance === "lpips" ? ["`imagefn weights` lists the weight files."] : []),
  ];
}

/** Text in lines of at most `width` characters, broken at spaces. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
