// The pictures of an edit at any size: what is known of them, and what the noise is added to.
import { createHash } from "node:crypto";
import { basename, extname } from "node:path";
import { ImagefnError, quoted } from "@imagefn/base";
import {
  colorisation,
  inpainting,
  type Known,
  knownPart,
  nothingKnown,
  superResolution,
} from "@imagefn/consistency";
import type { Size } from "../size.js";
import type { EditMode, EditOptions } from "./options.js";
import { scaledMask, scaledPicture } from "./scaled.js";

/** A picture and what of it is known, at one size. */
export interface Given {
  /** [3, height, width] in [-1, 1] */
  readonly picture: Float32Array;
  readonly known: Known;
}

/** The picture of an edit. */
export interface Task {
  /** Its name in those of files: the picture's own, and a digest of all that was given. */
  readonly name: string;
  /** Its side; other sizes are scaled from it. */
  readonly side: number;
  /** @throws ImagefnError `invalid-option` for a size that it has not */
  at(size: Size): Given;
  /** Whether noise is added to the picture itself, and not to what is known of it. */
  readonly fromItself: boolean;
  /** What to show of what is known, [3, height, width], where that looks other than the picture. */
  readonly shown?: (given: Given) => Float32Array;
}

interface Picture {
  readonly path: string;
  readonly side: number;
  /** [3, side, side] in [-1, 1] */
  readonly values: Float32Array;
}

/**
 * Reads the pictures of an edit.
 * @param native side of the run's pictures
 * @throws ImagefnError `invalid-data` for a picture or a mask that cannot be used, as the decoder does for one it cannot read
 */
export async function openTask(
  mode: Exclude<EditMode, "interpolate">,
  options: EditOptions,
  native: number,
): Promise<Task> {
  const picture = await readSquare(options[mode]!);
  const { side, values, path } = picture;
  const square: Size = [side, side];
  if (mode !== "superres" && side < native)
    throw unfit(picture, `pictures of at least ${native} x ${native} pixels, the run's training size`);
  const mask = mode === "inpaint" ? await readMask(options.mask!, picture) : new Uint8Array();
  const knownAt = (shape: readonly number[], size: Size): Known => {
    if (mode === "inpaint") return inpainting(shape, scaledMask(mask, square, size));
    if (mode === "colorize") return colorisation(shape);
    return nothingKnown(shape);
  };
  if (mode === "inpaint" && scaledMask(mask, square, [native, native]).every((hidden) => hidden === 1))
    throw new ImagefnError(
      "invalid-data",
      `the mask ${quoted(options.mask!)} leaves nothing of the picture at ${native} x ${native} pixels, the run's training size.`,
      { path: options.mask },
    );
  const digest = createHash("sha256").update(new Uint8Array(values.buffer)).update(mask).digest("hex");
  const stem = basename(path, extname(path))
    .replace(/[^A-Za-z0-9._-]+/g, "_")
    .slice(0, 60);
  const common = {
    name: `${stem}-${digest.slice(0, 8)}`,
    side,
    fromItself: mode === "strokes",
    shown: mode === "inpaint" ? hidden : mode === "colorize" ? grey : undefined,
  };
  if (mode === "superres") return { ...common, at: finer(picture, native) };
  return {
    ...common,
    at: (size) => ({
      picture: scaledPicture(values, square, size),
      known: knownAt([3, size[1], size[0]], size),
    }),
  };
}

const hidden = ({ known, picture }: Given) => knownPart(known, picture);

/** The grey picture of the same luminance. The known part alone would be a tinted one. */
function grey({ known, picture }: Given): Float32Array {
  const [luminance, white] = [picture, new Float32Array(picture.length).fill(1)].map(known.transform);
  const plane = picture.length / 3;
  return picture.map((_, i) => luminance[i % plane] / white[i % plane]);
}

/** Super-resolution: every pixel of the picture is the mean of a block, at any size of whole blocks. */
function finer(picture: Picture, native: number): Task["at"] {
  const { side, values } = picture;
  if (side >= native || native % side !== 0)
    throw unfit(picture, `a picture smaller than the run's, of a side that divides their ${native} pixels`);
  return ([width, height]) => {
    if (width % side !== 0 || height % side !== 0)
      throw new ImagefnError(
        "invalid-option",
        `size ${width}x${height}: a picture of ${side} x ${side} pixels is known as means of blocks, so that both sides must ` +
          `be multiples of ${side}`,
        { option: "size", value: `${width}x${height}`, advised: true },
      );
    const [across, down] = [width / side, height / side];
    const blocks = new Float32Array(3 * width * height);
    for (let i = 0; i < blocks.length; i++) {
      const [row, column] = [Math.floor(i / width), i % width];
      const [channel, y] = [Math.floor(row / height), row % height];
      blocks[i] = values[(channel * side + Math.floor(y / down)) * side + Math.floor(column / across)];
    }
    return { picture: blocks, known: superResolution([3, height, width], [down, across]) };
  };
}

/** Loaded on use: sampling needs no decoder. */
const decoder = () => import("@imagefn/datasets");

async function readSquare(path: string): Promise<Picture> {
  const { readImage } = await decoder();
  const { width, height, data } = await readImage(path);
  if (width !== height)
    throw new ImagefnError(
      "invalid-data",
      `${quoted(path)} has ${width} x ${height} pixels (expected a square picture, as the run's are). Crop it to a square.`,
      { path },
    );
  return { path, side: width, values: Float32Array.from(data, (byte) => byte / 127.5 - 1) };
}

/** 1 where a picture is made anew. */
async function readMask(path: string, picture: Picture): Promise<Uint8Array> {
  const { readImage } = await decoder();
  const { width, height, data } = await readImage(path, "#000000");
  const { side } = picture;
  const refuse = (why: string) =>
    new ImagefnError("invalid-data", `the mask ${quoted(path)} ${why}`, { path });
  if (width !== side || height !== side)
    throw refuse(
      `has ${width} x ${height} pixels (expected ${side} x ${side}, as ${quoted(picture.path)} has).`,
    );
  const area = side * side;
  const mask = Uint8Array.from({ length: area }, (_, i) =>
    data[i] + data[area + i] + data[2 * area + i] >= 3 * 128 ? 1 : 0,
  );
  const white = mask.reduce((n, one) => n + one, 0);
  if (white === 0) throw refuse("is black everywhere: nothing is made anew. Paint that part white.");
  if (white === area)
    throw refuse("is white everywhere: nothing of the picture stays. Paint that part black.");
  return mask;
}

const unfit = ({ path, side }: Picture, expected: string) =>
  new ImagefnError("invalid-data", `${quoted(path)} has ${side} x ${side} pixels (expected ${expected}).`, {
    path,
  });
