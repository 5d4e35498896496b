// The workflows: what they call is there, actions are those of a major version, and releases have provenance.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { root } from "./readmes.js";

const folder = join(root, ".github/workflows");
const workflows = new Map(
  readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]),
);
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

t.test("workflows call what there is", async (t) => {
  t.same([...workflows.keys()].sort(), ["ci.yml", "release.yml"]);
  for (const [name, text] of workflows) {
    const actions = [...text.matchAll(/uses: (\S+)/g)].map(([, action]) => action);
    t.ok(
      actions.length > 0 && actions.every((action) => /^[\w-]+\/[\w-]+@v\d+$/.test(action)),
      `${name}: ${actions}`,
    );
    for (const [, script] of text.matchAll(/npm run (\S+)/g))
      t.ok(script in scripts, `${name}: npm run ${script}`);
    for (const [, file] of text.matchAll(/run: (\.\S+)/g))
      t.ok(existsSync(join(root, file)), `${name}: ${file}`);
    t.notMatch(text, /(?<!npx --yes )\bpnpm (?:install|run|exec)/, "a fresh machine has no pnpm");
  }
});

t.test("a release proves where it is from", async (t) => {
  const text = workflows.get("release.yml")!;
  t.match(text, /^ {2}id-token: write$/m);
  t.match(text, /NPM_CONFIG_PROVENANCE: "true"/);
  t.match(scripts.release, /pnpm@\S+ exec changeset publish$/);
});

t.test("the oldest Node that is promised is tested", async (t) => {
  const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  t.match(workflows.get("ci.yml"), `"${engines.node.replace(">=", "")}"`);
});
