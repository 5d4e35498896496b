// `imagefn weights`: the weight files that metrics need, and which of them are installed.
import { quoted } from "@imagefn/base";
import {
  findWeights,
  hasNsfwjs,
  metricsOver,
  type WeightName,
  weightFiles,
  weightsChecksum,
} from "@imagefn/metrics";
import type { WeightsOptions } from "../options/weights.js";
import type { Print } from "../output.js";

export async function run({ weights: folders }: WeightsOptions, print: Print): Promise<object> {
  const all = await Promise.all(
    (Object.keys(weightFiles) as WeightName[]).map(async (name) => {
      const found = await findWeights(name, { folders });
      return { ...found, checksum: found.path === undefined ? undefined : await weightsChecksum(found) };
    }),
  );
  const nsfwjs = await hasNsfwjs();
  const lines = [
    `Looked in: ${all[0].looked.map(quoted).join(", ")}`,
    "(--weights FOLDER and IMAGEFN_WEIGHTS add folders)",
    "",
  ];
  for (const { name, need, path, checksum } of all) {
    lines.push(`${name}: ${need.what}, for ${metricsOver(name).join(", ")}`);
    if (path !== undefined && checksum)
      lines.push(
        `  found: ${quoted(path)}`,
        `  sha256 ${checksum.sha256} (${published[checksum.published]})`,
      );
    else {
      const [first] = need.files;
      lines.push(
        `  missing: ${need.files.map(({ names }) => names[0]).join(" or ")}`,
        `  ${need.how}`,
        `  ${first.url} (${first.licence})${first.sha256 ? `, sha256 ${first.sha256}` : ""}`,
      );
    }
  }
  lines.push(
    `nsfwjs: the Inception network of the npm package nsfwjs, for the Frechet distance (nsfwjs Inception)`,
    nsfwjs ? "  found" : "  missing: npm install --legacy-peer-deps nsfwjs@4.4.0",
  );
  print(`${lines.join("\n")}\n`);
  const files = all.map(({ name, need, path, checksum }) => ({
    name,
    what: need.what,
    metrics: metricsOver(name),
    files: need.files,
    how: need.how,
    path: path ?? null,
    sha256: checksum?.sha256 ?? null,
    published: checksum?.published ?? null,
  }));
  return { looked: all[0].looked, nsfwjs, files };
}

const published = {
  same: "the published file",
  different: "not the published file: results may differ",
  unknown: "no checksum is published",
};
