// The training images of a studio: the avatars of its site, or the reader's pictures.
import type { PageRun } from "@imagefn/runs/pages";
import type { Images, PictureFile, StudioAbout } from "../about.js";
import { folderDigest } from "./digest.js";
import { squaresOf } from "./squares.js";

/** The avatars that lie beside the page. */
export async function avatarImages({ images }: StudioAbout["avatars"]): Promise<Images> {
  const response = await fetch("avatars.bin");
  if (!response.ok || !response.body)
    throw new Error(`The avatars did not load: ${response.status} ${response.statusText}.`);
  const bytes = await new Response(response.body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  return { kind: "avatars", path: null, ...images, bytes: new Uint8Array(bytes) };
}

/**
 * The pictures among the files as training images.
 * @throws if there are too few for a batch, with what was left out and why
 */
export async function pictureImages(
  { config }: PageRun,
  { files, folder }: { readonly files: readonly PictureFile[]; readonly folder: string },
  onProgress: (done: number, total: number) => void,
): Promise<{ images: Images; leftOut: readonly string[] }> {
  const { data, pretrain, train } = config;
  const { bytes, used, leftOut } = await squaresOf(files, data.size, onProgress);
  const least = Math.max(pretrain.batch, train.batch);
  if (used.length < least)
    throw new Error(
      [
        `${used.length} pictures are too few: at least ${least} are needed, better 200 or more.`,
        ...leftOut,
      ].join(" "),
    );
  const digest = await folderDigest(
    data.size,
    used.map(({ path, file }) => [path, file.size]),
  );
  const title = `${used.length} pictures of ${folder}`;
  return { images: { kind: "pictures", path: folder, title, count: used.length, digest, bytes }, leftOut };
}
