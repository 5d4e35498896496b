// Links of documents lead to what is there; those of a package's README stay inside it, since npm shows it alone.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import t from "tap";
import { type Document, documents, root } from "./readmes.js";

/** Where the links and pictures of a document lead, outside of code. */
function linksOf(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, "code");
  const inline = [...prose.matchAll(/\]\(\s*<?([^)\s>]+)[^)]*\)/g)];
  const named = [...prose.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)];
  const tags = [...prose.matchAll(/\b(?:href|src)="([^"]+)"/g)];
  return [...inline, ...named, ...tags].map(([, link]) => link);
}

/** The part of an address that GitHub and npm give to a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");

const headingsOf = (text: string) =>
  [...text.replace(/^```[\s\S]*?^```/gm, "").matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading));

/** Files and folders in the tarball of a package. */
const published = (home: string): string[] => [
  "README.md",
  ...(JSON.parse(readFileSync(join(root, home, "package.json"), "utf8")).files ?? []),
];

/** What is wrong with a link from a document; undefined for one that holds. */
function problemOf({ path, text }: Document, link: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [file, anchor] = decodeURI(link).split("#");
  const target = join(dirname(path), file);
  if (file !== "" && !existsSync(join(root, target))) return "leads nowhere";
  const home = /^packages\/[^/]+/.exec(path)?.[0];
  // A folder of the source, as src, is there and yet not in the tarball.
  if (home && file !== "" && !published(home).some((part) => target.startsWith(`${home}/${part}`)))
    return target === home || target.startsWith(`${home}/`) ? "is not published" : "leaves the package";
  if (anchor === undefined) return undefined;
  const there = file === "" ? text : readFileSync(join(root, target), "utf8");
  return headingsOf(there).includes(anchor) ? undefined : "leads to no heading";
}

const problemsOf = (document: Document) =>
  linksOf(document.text).flatMap((link) => {
    const problem = problemOf(document, link);
    return problem ? [`${document.path}: ${link} ${problem}`] : [];
  });

t.test("every link of every document leads somewhere", async (t) => {
  const all = documents();
  t.ok(all.length > 20 && all.flatMap(({ text }) => linksOf(text)).length > 50);
  t.same(all.flatMap(problemsOf), []);
});

t.test("links that lead nowhere, out of a package or to no heading are found", async (t) => {
  const text =
    "[a](src) ![b](docs/no.png) [c](../inr) [d](#sizes)\n\n## Sizes\n\n[e](#size) `[f](no)`\n\n[g]: no.md\n";
  t.same(problemsOf({ path: "packages/ops/README.md", text }), [
    "packages/ops/README.md: src is not published",
    "packages/ops/README.md: docs/no.png leads nowhere",
    "packages/ops/README.md: ../inr leaves the package",
    "packages/ops/README.md: #size leads to no heading",
    "packages/ops/README.md: no.md leads nowhere",
  ]);
});
