// The images of a .npz file as a source.
import { ImagefnError, quoted } from "@imagefn/base";
import { openNpz } from "../weights/npz.js";
import { BATCH, type ImageSource, planar } from "./source.js";

/**
 * `arr_0` of a .npz file, uint8 [count, height, width, 3], as guided-diffusion writes samples. Read in batches.
 * @throws ImagefnError `invalid-data` where `arr_0` has another type or shape; an error where there is none
 */
export function npzSource(path: string): ImageSource {
  const file = openNpz(path);
  let header: ReturnType<typeof file.header>;
  try {
    header = file.header("arr_0");
  } finally {
    file.close();
  }
  const { shape, type } = header;
  const [count, height, width, channels] = shape;
  if (shape.length !== 4 || channels !== 3 || type !== "uint8")
    throw new ImagefnError(
      "invalid-data",
      `metrics: ${quoted(path)}: arr_0 does not hold images (got ${type} [${shape.join(", ")}], ` +
        "expected uint8 [count, height, width, 3])",
      { path },
    );
  return {
    name: `images of ${quoted(path)}`,
    count,
    about: { npz: path, size: [width, height] },
    async *batches(wanted) {
      const open = openNpz(path);
      try {
        let left = wanted;
        for (const { data } of open.blocks("arr_0", BATCH)) {
          const n = Math.min(left, data.length / (height * width * 3));
          if (n === 0) return;
          left -= n;
          yield { shape: [n, 3, height, width], data: planar(data as Uint8Array, n, height * width) };
        }
      } finally {
        open.close();
      }
    },
  };
}
