// All files of a studio: its page, the explorer's, the scripts, and avatars to train on.
import { gzipSync } from "node:zlib";
import { ImagefnError } from "@imagefn/base";
import { readBytes } from "@imagefn/datasets";
import { loadData, pageRun, resolveConfig, type Values } from "@imagefn/runs";
import { explorerPage } from "../explore/page.js";
import { explorerStyle } from "../explore/style.js";
import { builtFiles, type Site, text } from "../site.js";
import type { StudioAbout } from "./about.js";
import { studioPage } from "./page.js";
import { studioStyle } from "./style.js";

/** What a studio trains. */
export interface StudioOptions {
  /** Fields that differ from the preset avatars-tiny, such as `{ data: { count: 200 } }`. */
  readonly values?: Values;
  /** Called while the avatars are drawn. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A closed tab loses no more than this of training, and samples are what people wait for. */
const usual: Values = {
  name: "studio",
  // A quarter of a megabyte.
  data: { count: 1000 },
  checkpoint: { everySeconds: 20 },
  sample: { everySeconds: 4 },
};

/**
 * A page that trains a generator of image functions in the reader's browser, on pictures of theirs or on avatars, and saves
 * it as a run that `openRun` resumes. It takes 16 MB. Nothing leaves the page.
 * @throws ImagefnError `invalid-config` for values that do not fit
 */
export async function studioSite({ values = {}, onProgress = () => {} }: StudioOptions = {}): Promise<Site> {
  const config = resolveConfig("avatars-tiny", [
    { source: "the studio", values: usual },
    { source: "values", values },
  ]);
  const { objective } = config.train;
  if (objective !== "consistency")
    throw new ImagefnError(
      "invalid-config",
      `train.objective is ${objective}, but a page trains a consistency model alone (expected consistency).`,
      { field: "train.objective" },
    );
  if (config.train.drift !== null)
    throw new ImagefnError(
      "invalid-config",
      `train.drift is ${config.train.drift}, but a page has no file of that network (expected null).`,
      { field: "train.drift" },
    );
  const { train } = await loadData(config, onProgress);
  const bytes = readBytes(
    train,
    Array.from({ length: train.count }, (_, i) => i),
  );
  // The browser leaves out what it cannot use, and so does the run that goes on.
  const own = { kind: "folder", path: "pictures", skipBroken: true, heldOut: 0, flip: true } as const;
  const about: StudioAbout = {
    avatars: {
      ...pageRun(config),
      images: { title: `${train.count} avatars`, count: train.count, digest: train.digest },
    },
    pictures: pageRun({ ...config, data: { ...config.data, ...own } }),
  };
  return new Map([
    ["index.html", text("text/html; charset=utf-8", studioPage(config))],
    ["explore.html", text("text/html; charset=utf-8", explorerPage("studio", "", "explore.js"))],
    ["style.css", text("text/css; charset=utf-8", explorerStyle)],
    ["studio.css", text("text/css; charset=utf-8", studioStyle)],
    ["studio.json", text("application/json", JSON.stringify(about))],
    ["avatars.bin", { type: "application/octet-stream", bytes: gzipSync(bytes, { level: 9 }) }],
    ...builtFiles("explorer").filter(([name]) => name !== "app.js"),
    ...builtFiles("studio"),
  ]);
}
