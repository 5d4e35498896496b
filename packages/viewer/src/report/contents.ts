// What a run folder holds for its report, read from disk; anything but config.yaml may be missing.
import { closeSync, existsSync, lstatSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { type Config, type LogEntry, type RunFolder, readLog } from "@imagefn/runs";

/** A picture in samples/. */
export interface Picture {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
}

export interface Contents {
  /** The folder's name. */
  readonly name: string;
  readonly config: Config;
  readonly log: readonly LogEntry[];
  readonly pictures: readonly Picture[];
  /** metrics.json; undefined if there is none, null if it cannot be read. */
  readonly metrics?: unknown;
  /** The comments at the top of config.yaml: command, versions, time. */
  readonly environment: readonly (readonly [name: string, value: string])[];
}

/** Reads a run folder. @throws ImagefnError if a line of the log is damaged. */
export function readContents(
  run: RunFolder,
  log: () => readonly LogEntry[] = () => (existsSync(run.log) ? readLog(run.log) : []),
): Contents {
  return {
    name: basename(resolve(run.path)),
    config: run.config,
    log: log(),
    pictures: listPictures(run.samples),
    metrics: readMetrics(join(run.path, "metrics.json")),
    environment: headerOf(readFileSync(join(run.path, "config.yaml"), "utf8")),
  };
}

/** The PNG files of a folder, by name. Symbolic links, and files that are not PNG, are skipped. */
export function listPictures(folder: string): Picture[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".png") && !name.startsWith("."))
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      const stat = lstatSync(path, { throwIfNoEntry: false });
      const size = stat?.isFile() ? pngSize(path) : undefined;
      return stat && size ? [{ name, path, bytes: stat.size, ...size }] : [];
    });
}

/** Width and height in the header of a PNG file (W3C PNG, 11.2.2). */
function pngSize(path: string): { width: number; height: number } | undefined {
  const header = Buffer.alloc(24);
  const file = openSync(path, "r");
  try {
    if (readSync(file, header) < header.length) return undefined;
  } finally {
    closeSync(file);
  }
  if (header.toString("latin1", 1, 4) !== "PNG" || header.toString("latin1", 12, 16) !== "IHDR")
    return undefined;
  return { width: header.readUInt32BE(16), height: header.readUInt32BE(20) };
}

function readMetrics(path: string): unknown {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return null;
  }
}

/** `# Name: value` lines at the top of a file, but for one that tells editors the file's schema. */
function headerOf(yaml: string): [string, string][] {
  const lines = yaml.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("#"));
  return lines.slice(0, Math.max(0, end)).flatMap((line): [string, string][] => {
    const match = /^#\s*([^:]+):\s*(.*)$/.exec(line);
    return match && match[1] !== "yaml-language-server" ? [[match[1], match[2].trim()]] : [];
  });
}
