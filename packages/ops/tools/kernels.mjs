// A step of the build, after tsc: notes the text of every kernel in dist beside it. gpu.js compiles the text of functions, and
// what a minifier makes of them (`a < b && (c = d), c`) it cannot compile; texts stay as they are.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const isFunction = (node) => ts.isFunctionExpression(node) || ts.isFunctionDeclaration(node);

/** Kernels read the number of their thread; functions on numbers are the value of a field of this name. */
const isKernel = (node) =>
  isFunction(node) &&
  (/\bthis\.thread\b/.test(node.getText()) ||
    (ts.isPropertyAssignment(node.parent) && node.parent.name.getText() === "numbers"));

/** Text that a script begins with if this has been done. Without a line of its own, since source maps count lines. */
const DONE = "/* texts noted */ ";

/** A script of dist with the text of each kernel as its property `text`. */
export function noted(script) {
  if (script.startsWith(DONE)) return script;
  const file = ts.createSourceFile("script.js", script, ts.ScriptTarget.ES2022, true);
  const insertions = [];
  const visit = (node) => {
    if (!isKernel(node)) return ts.forEachChild(node, visit);
    const lines = node
      .getText()
      .replace(/^export /, "")
      .replace(/\/\/.*$/gm, "")
      .split("\n");
    const text = JSON.stringify(
      lines
        .map((line) => line.trim())
        .filter((line) => line !== "")
        .join("\n"),
    );
    if (ts.isFunctionDeclaration(node))
      insertions.push([node.end, ` Object.assign(${node.name.text}, { text: ${text} });`]);
    else insertions.push([node.getStart(), "Object.assign("], [node.end, `, { text: ${text} })`]);
  };
  visit(file);
  if (insertions.length === 0) return script;
  const parts = insertions.map(([at, text], i) => script.slice(i ? insertions[i - 1][0] : 0, at) + text);
  return DONE + parts.join("") + script.slice(insertions.at(-1)[0]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const dist = fileURLToPath(new URL("../dist", import.meta.url));
  for (const name of readdirSync(dist, { recursive: true }).filter((file) => file.endsWith(".js"))) {
    const script = readFileSync(join(dist, name), "utf8");
    const next = noted(script);
    if (next !== script) writeFileSync(join(dist, name), next);
  }
}
