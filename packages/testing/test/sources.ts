// The packages of the repository: manifests, and what their sources import and say.
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

type Dependencies = Readonly<Record<string, string>>;

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly files?: readonly string[];
  readonly dependencies?: Dependencies;
  readonly optionalDependencies?: Dependencies;
  readonly peerDependencies?: Dependencies;
  readonly devDependencies?: Dependencies;
}

/** A source file. */
export interface Source {
  /** As packages/ops/src/grad.ts. */
  readonly path: string;
  readonly text: string;
  /** Whether what is compiled from it is published. */
  readonly published: boolean;
}

/** A package of the repository. */
export interface Package {
  /** Its folder below packages/. */
  readonly folder: string;
  readonly manifest: Manifest;
  readonly src: readonly Source[];
  readonly test: readonly Source[];
}

const root = fileURLToPath(new URL("../../..", import.meta.url));

function sources(folder: string, part: "src" | "test", manifest: Manifest): Source[] {
  const at = `packages/${folder}/${part}`;
  // What package.json keeps out of the tarball, as "!dist/explore/client".
  const left = (manifest.files ?? []).flatMap((file) => /^!dist\/(.*)/.exec(file)?.[1] ?? []);
  return readdirSync(join(root, at), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => ({
      path: `${at}/${file}`,
      text: readFileSync(join(root, at, file), "utf8"),
      published: part === "src" && !manifest.private && !left.some((path) => file.startsWith(`${path}/`)),
    }));
}

/** All packages. */
export function allPackages(): Package[] {
  return readdirSync(join(root, "packages")).map((folder) => {
    const manifest: Manifest = JSON.parse(
      readFileSync(join(root, "packages", folder, "package.json"), "utf8"),
    );
    const parts = readdirSync(join(root, "packages", folder));
    return {
      folder,
      manifest,
      src: sources(folder, "src", manifest),
      test: parts.includes("test") ? sources(folder, "test", manifest) : [],
    };
  });
}

/** The packages that a source imports, types included: "@imagefn/ops" for "@imagefn/ops/safetensors". */
export function importsOf({ path, text }: Source): string[] {
  const { importedFiles } = ts.preProcessFile(text, true, true);
  const found = importedFiles
    .map(({ fileName }) => fileName)
    // Relative paths, and names from "imports" of the package's own manifest.
    .filter((name) => !/^[.#]/.test(name) && !name.startsWith("node:"));
  for (const name of found)
    if (builtinModules.includes(name)) throw new Error(`${path} imports "${name}" without node:`);
  return [...new Set(found.map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)![0]))];
}

/** The string literals of a source, and the pieces of text of its templates. */
export function stringsOf({ path, text }: Source): string[] {
  const strings: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
      strings.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.ES2022));
  return strings;
}
