// What the page saves: the run as a zip file, and the samples as a picture.
import { runFiles } from "@imagefn/runs/pages";
import { offer } from "../../explore/client/downloads.js";
import type { Images, Kept, StudioAbout } from "../about.js";
import { zip } from "./zip.js";

/** Saves the last checkpoint as a run folder in a zip file. */
export function saveRun(about: StudioAbout, { kind, path }: Images, training: Kept): void {
  const run = about[kind];
  const folder = `${run.config.name}-${stamp(new Date())}`;
  const files = runFiles(run, { ...training, path }).map((file) => ({
    ...file,
    path: `${folder}/${file.path}`,
  }));
  offer(new Blob(zip(files) as BlobPart[], { type: "application/zip" }), `${folder}.zip`);
}

/** Saves a canvas as PNG. */
export async function savePng(canvas: HTMLCanvasElement, name: string): Promise<void> {
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
  if (!blob) throw new Error("The browser could not write the picture.");
  offer(blob, `${name}.png`);
}

/** YYYYMMDD-HHMMSS in local time. */
function stamp(now: Date): string {
  const local = new Date(now.getTime() - 60_000 * now.getTimezoneOffset());
  return local.toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-");
}
