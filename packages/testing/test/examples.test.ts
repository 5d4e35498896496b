// The examples in README files compile as they are, also as TypeScript: strict, for Node and for bundlers.
import { dirname, join } from "node:path";
import t from "tap";
import ts from "typescript";
import { type Document, documents, root } from "./readmes.js";

/** The js and ts blocks of a document as modules, by path, in a folder from which its packages are found. */
function examplesOf({ path, text }: Document): [path: string, text: string][] {
  // Of all packages, the command has most others as dependencies.
  const folder = path.startsWith("packages/") ? dirname(path) : "packages/cli";
  const blocks = [...text.matchAll(/^```(?:js|ts|mjs|tsx?|javascript|typescript)\b.*\n([\s\S]*?)^```/gm)];
  return blocks.map(([, code], i) => [
    join(root, folder, `example ${i + 1} of ${path.replaceAll("/", "-")}.mts`),
    code,
  ]);
}

/** What the compiler says about modules in memory, beside the packages as they are built. */
function problemsOf(files: ReadonlyMap<string, string>, options: ts.CompilerOptions): string[] {
  const all: ts.CompilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, target: ts.ScriptTarget.ES2022, types: ["node"] },
    lib: ["lib.es2023.d.ts", "lib.dom.d.ts"],
    typeRoots: [join(root, "node_modules/@types")],
    ...options,
  };
  const disk = ts.createCompilerHost(all);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => files.has(path) || disk.fileExists(path),
    readFile: (path) => files.get(path) ?? disk.readFile(path),
    getSourceFile: (path, settings, onError) =>
      files.has(path)
        ? ts.createSourceFile(path, files.get(path)!, settings, true)
        : disk.getSourceFile(path, settings, onError),
  };
  const program = ts.createProgram([...files.keys()], all, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const line = file ? `${file.fileName.split("/").pop()}, line ${lineOf(file, start)}: ` : "";
    return `${line}${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
}

const lineOf = (file: ts.SourceFile, start: number) => file.getLineAndCharacterOfPosition(start).line + 1;

const resolutions = {
  nodenext: { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  bundler: { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
};

const examples = new Map(documents().flatMap(examplesOf));

for (const [name, options] of Object.entries(resolutions))
  t.test(`every example compiles (${name})`, async (t) => {
    t.ok(examples.size >= 25, `${examples.size} examples`);
    t.same(problemsOf(examples, options), []);
  });

t.test("an example with a mistake is named", async (t) => {
  const text = 'text\n```js\nimport { adam } from "@imagefn/ops";\nconst half = (x) => adam(x / 2);\n```\n';
  const broken = new Map(examplesOf({ path: "packages/inr/README.md", text }));
  const problems = problemsOf(broken, resolutions.nodenext).join("\n");
  t.match(problems, /^example 1 of packages-inr-README\.md\.mts, line 2: Parameter 'x' implicitly/m);
});
