// The reference images of evaluations: features over a network, computed once and kept as a file.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "@imagefn/base";
import {
  dataSource,
  type Extracted,
  extract,
  type Feature,
  type NpzArray,
  openNpz,
  type ReadyNetwork,
  type Reference,
  writeNpzFile,
} from "@imagefn/metrics";
import type { Config } from "@imagefn/runs";
import { digest } from "./digest.js";
import type { Lab } from "./lab.js";

/** Reference images for each image that is measured: the paper takes as many at its scale. */
export const referenceCount = ({ scale, count }: Pick<Lab, "scale" | "count">): number =>
  scale === "tiny" ? 2 * count : count;

/** Training images of a configuration at a size, as a network sees them. */
export async function referenceOf(
  lab: Lab,
  config: Config,
  side: number,
  { network, features }: ReadyNetwork,
): Promise<Reference> {
  const own: Config = { ...config, data: { ...config.data, size: side } };
  const about = { data: own.data, seed: own.seed, network: network.name, resize: network.resize };
  const { train } = await lab.data(own);
  const count = Math.min(train.count, referenceCount(lab));
  const folder = join(lab.out, "references");
  const path = join(folder, `${digest({ ...about, count })}.npz`);
  if (existsSync(path)) return { count, extracted: read(path, count) };
  const statistics = features.filter((name): name is "pool" | "spatial" => name !== "logits");
  const extracted = await extract(
    lab.engine,
    network,
    dataSource(train, own),
    count,
    { statistics, kept: ["pool"] },
    (step) => lab.progress({ phase: "reference images", step, total: count, unit: "images" }),
  );
  makeFolder(folder);
  await write(path, extracted);
  return { count, extracted };
}

async function write(path: string, { statistics, kept }: Extracted): Promise<void> {
  const arrays: [string, NpzArray][] = [];
  for (const [name, of] of Object.entries(statistics)) {
    const n = of.mean.length;
    arrays.push([`mean.${name}`, { shape: [n], data: of.mean }]);
    arrays.push([`covariance.${name}`, { shape: [n, n], data: of.covariance }]);
  }
  for (const [name, of] of Object.entries(kept)) arrays.push([`kept.${name}`, of as NpzArray]);
  await writeNpzFile(path, arrays);
}

function read(path: string, count: number): Extracted {
  const file = openNpz(path);
  try {
    const of = (prefix: string) =>
      file.names.flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length) as Feature] : []));
    return {
      count,
      statistics: Object.fromEntries(
        of("mean.").map((name) => [
          name,
          {
            count,
            mean: file.read(`mean.${name}`).data as Float64Array,
            covariance: file.read(`covariance.${name}`).data as Float64Array,
          },
        ]),
      ),
      kept: Object.fromEntries(
        of("kept.").map((name) => {
          const { shape, data } = file.read(`kept.${name}`);
          return [name, { shape: [shape[0], shape[1]], data: data as Float32Array }];
        }),
      ),
    };
  } finally {
    file.close();
  }
}
