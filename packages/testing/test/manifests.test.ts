// What package.json of each published package says to npm, to tools and to those who look for packages.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { root } from "./readmes.js";

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly engines: object;
  readonly keywords?: readonly string[];
  readonly bin?: Readonly<Record<string, string>>;
  readonly sideEffects?: unknown;
  readonly repository?: { readonly type: string; readonly url: string; readonly directory: string };
  readonly homepage?: string;
  readonly bugs?: unknown;
  readonly peerDependencies?: object;
  readonly peerDependenciesMeta?: object;
}

const manifestOf = (path: string): Manifest =>
  JSON.parse(readFileSync(join(root, path, "package.json"), "utf8"));
const workspace = manifestOf(".");
const manifests = readdirSync(join(root, "packages"))
  .map((name): [path: string, manifest: Manifest] => [`packages/${name}`, manifestOf(`packages/${name}`)])
  .filter(([, manifest]) => !manifest.private);

/** Modules that define elements of a page. */
const elements: Readonly<Record<string, readonly string[]>> = { "@imagefn/inr": ["./dist/element.js"] };

for (const [, manifest] of manifests)
  t.test(manifest.name, async (t) => {
    t.match(manifest, {
      description: /^\S.{20,}$/,
      keywords: /imagefn/,
      author: "imagefn contributors",
      license: "MIT",
      engines: workspace.engines,
      // A tarball without a build would be empty.
      scripts: { prepack: "node ../../tools/prepack.mjs" },
      exports: { "./package.json": "./package.json" },
    });
    const { keywords = [] } = manifest;
    t.ok(keywords.length >= 4 && new Set(keywords).size === keywords.length);
    // Bundlers drop modules of which nothing is used, except those that are started, or imported, for what they do.
    const kept = [...Object.values(manifest.bin ?? {}), ...(elements[manifest.name] ?? [])];
    t.same(manifest.sideEffects, kept.length > 0 && kept);
    const peers = Object.keys(manifest.peerDependencies ?? {});
    for (const name of Object.keys(manifest.peerDependenciesMeta ?? {}))
      t.ok(peers.includes(name), `peer ${name}`);
  });

t.test("addresses are in all packages or in none, and name the folder of each", async (t) => {
  const [[, { repository: first, homepage, bugs }]] = manifests;
  for (const [path, manifest] of manifests) {
    t.same(manifest.repository, first && { ...first, directory: path });
    t.same(manifest.bugs, bugs);
    t.equal(manifest.homepage === undefined, homepage === undefined);
  }
});
