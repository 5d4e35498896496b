// Styles and scripts that go into the page of a report, and their hashes for its content security policy.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { style } from "./style.js";

export interface Script {
  readonly text: string;
  readonly module: boolean;
}

export interface Assets {
  readonly styles: string;
  /** uPlot, the charts, and the slider over frames. */
  readonly scripts: readonly Script[];
  /** Keeps a live page up to date; runs before the others. */
  readonly liveScript: Script;
}

let cached: Assets | undefined;

/** All styles and scripts, read once. */
export function assets(): Assets {
  cached ??= {
    styles: `${library("uPlot.min.css")}\n${style}`,
    scripts: [{ text: library("uPlot.iife.min.js"), module: false }, own("charts"), own("frames")],
    liveScript: own("live"),
  };
  return cached;
}

/** The source expression of a script or style (CSP level 3, 2.3.1): the SHA-256 of its text. */
export const hashOf = (text: string): string =>
  `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** A file of uPlot, which the package's build copies here. */
const library = (name: string): string =>
  embeddable(fileURLToPath(new URL(`./uplot/${name}`, import.meta.url)));

/** A compiled file of client/, without the reference to its source map, which the page does not contain. */
const own = (name: string): Script => ({
  text: embeddable(fileURLToPath(new URL(`./client/${name}.js`, import.meta.url))).replace(
    /\n\/\/# sourceMappingURL=.*\s*$/,
    "\n",
  ),
  module: true,
});

/** A file's text with the line breaks that a browser makes of it, since those are what is hashed. */
function embeddable(path: string): string {
  const text = readFileSync(path, "utf8").replace(/\r\n?/g, "\n");
  if (/<\/(script|style)|<!--/i.test(text)) throw new Error(`viewer: ${path} cannot be part of a page`);
  return text;
}
