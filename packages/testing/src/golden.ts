// Reads the golden vectors: a .safetensors file with arrays named case/array, and a manifest of the cases.
import { readFileSync } from "node:fs";
import { type HostArray, readSafetensors } from "@imagefn/ops";

export interface GoldenCase {
  readonly name: string;
  readonly rtol: number;
  readonly atol: number;
  /** The numbers of the case's manifest, as "stride" or "lr". */
  readonly attrs: Readonly<Record<string, number>>;
  /** The array of this case with a name, as in "out" or "p/qkv.weight". @throws if there is none. */
  get(array: string): HostArray;
  /** The names of this case's arrays. */
  readonly arrays: readonly string[];
}

/** The cases of one fixture ("ops", "optim", ...) in the repository's golden vectors, or in a folder inside ("unet/"). */
export function golden(fixture: string, folder = "./"): Map<string, GoldenCase> {
  const at = (name: string) => new URL(`../../../golden/${folder}${name}`, import.meta.url);
  const manifest = JSON.parse(readFileSync(at("manifest.json"), "utf8")).fixtures[fixture];
  const { tensors } = readSafetensors(readFileSync(at(manifest.file)));
  const out = new Map<string, GoldenCase>();
  for (const [name, entry] of Object.entries<GoldenCase>(manifest.cases)) {
    if (typeof entry !== "object") continue;
    const { rtol, atol, attrs, ...rest } = entry;
    const settings = Object.entries(rest).filter(([, value]) => typeof value === "number");
    out.set(name, {
      name,
      rtol,
      atol,
      attrs: { ...Object.fromEntries(settings as unknown as [string, number][]), ...attrs },
      arrays: [...tensors.keys()]
        .filter((key) => key.startsWith(`${name}/`))
        .map((key) => key.slice(name.length + 1)),
      get(array) {
        const value = tensors.get(`${name}/${array}`) ?? tensors.get(array);
        if (!value) throw new Error(`golden: no array "${array}" in case "${name}"`);
        return value;
      },
    });
  }
  return out;
}
