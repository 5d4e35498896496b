// From a path to the images there.
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { ImagefnError, quoted } from "@imagefn/base";
import { folderSource } from "./folderSource.js";
import { npzSource } from "./npzSource.js";
import type { ImageSource } from "./source.js";

/** What a path is: a folder, a .npz file, or neither. */
export function pathKind(path: string): "folder" | "npz" | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return "folder";
  return found?.isFile() && path.toLowerCase().endsWith(".npz") ? "npz" : undefined;
}

/**
 * The images at a path; a source is returned as it is.
 * @param option what it is for, for messages
 * @throws ImagefnError `invalid-data` where there are no images
 */
export async function openImages(
  option: "samples" | "reference" | "training" | "heldOut",
  given: string | ImageSource,
): Promise<ImageSource> {
  if (typeof given !== "string") return given;
  switch (pathKind(given)) {
    case "folder":
      // Its pictures are sheets of samples: numbers of them would mean nothing.
      if (existsSync(join(given, "config.yaml")))
        throw new ImagefnError(
          "invalid-data",
          `metrics: ${option}: ${quoted(given)} is the folder of a training run, not of images; @imagefn/runs evaluates runs`,
          { option, path: given },
        );
      return folderSource(given);
    case "npz":
      return npzSource(given);
    default:
      throw new ImagefnError(
        "invalid-data",
        `metrics: ${option}: ${quoted(given)} holds no images (expected a folder of PNG, JPEG or WebP files, or a .npz file)`,
        { option, path: given },
      );
  }
}
