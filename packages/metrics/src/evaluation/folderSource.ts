// The pictures of a folder as a source.
import { ImagefnError, quoted } from "@imagefn/base";
import { type ImageFile, readImage, scanImages } from "@imagefn/datasets";
import { batched, type ImageSource } from "./source.js";

/**
 * The PNG, JPEG and WebP files in a folder and its sub-folders, in the order of their paths, each at its own size.
 * @throws ImagefnError `invalid-data` where there are none
 */
export async function folderSource(path: string): Promise<ImageSource> {
  const { files, note } = await scanImages(path);
  if (files.length === 0)
    throw new ImagefnError(
      "invalid-data",
      `metrics: ${quoted(path)} holds no PNG, JPEG or WebP file (expected one or more, there or below)${note && `.${note}`}`,
      { path },
    );
  const names = files.map(({ relative }) => relative);
  // A name that is not UTF-8 opens nothing as text: `file.path` holds its bytes.
  async function* pictures(chosen: readonly ImageFile[]) {
    for (const file of chosen) yield await readImage(file.path);
  }
  return {
    name: `images of ${quoted(path)}`,
    count: files.length,
    about: { folder: path },
    batches: (count) => batched(pictures(files.slice(0, count))),
    named: { names, pick: (indices) => batched(pictures(indices.map((i) => files[i]))) },
  };
}
