// The README files and documents of the repository.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../..", import.meta.url));

/** A Markdown file. */
export interface Document {
  /** As packages/ops/README.md. */
  readonly path: string;
  readonly text: string;
}

const markdownIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md") && !file.startsWith("api/"))
    .map((file) => `${folder}/${file}`);

/** Every document that people read: of the root, docs, the packages, the examples and the benchmark. */
export function documents(): Document[] {
  const folders = ["packages", "examples"].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => `${folder}/${name}/README.md`),
  );
  const paths = [
    ...readdirSync(root).filter((file) => file.endsWith(".md")),
    ...markdownIn("docs"),
    ...folders.filter((path) => existsSync(join(root, path))),
    "bench/README.md",
  ];
  return paths.map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}
