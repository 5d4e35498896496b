// A page and everything it loads, and the files of that which the package's build makes.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

/** One file of a site. */
export interface SiteFile {
  /** Media type, such as `text/css; charset=utf-8`. */
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** A page and everything it loads: files by name, all in one folder. */
export type Site = ReadonlyMap<string, SiteFile>;

export const text = (type: string, content: string): SiteFile => ({
  type,
  bytes: new TextEncoder().encode(content),
});

const types: Record<string, string> = {
  ".js": "text/javascript; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
};

/** Scripts, licences and ONNX Runtime as WebAssembly: those of the explorer, or what the studio has beside them. */
export function builtFiles(part: "explorer" | "studio"): [name: string, file: SiteFile][] {
  const built = fileURLToPath(new URL(`site/${part}/`, import.meta.url));
  if (!existsSync(built)) throw new Error(`viewer: ${built} is missing; \`npm run build\` makes it`);
  return readdirSync(built).map((stored) => {
    const bytes = readFileSync(join(built, stored));
    const name = stored.replace(/\.gz$/, "");
    return [name, { type: types[extname(name)], bytes: name === stored ? bytes : gunzipSync(bytes) }];
  });
}
