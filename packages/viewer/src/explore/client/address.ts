// What the page shows, as the fragment of its address: written as it changes, read when the page opens.
import type { View } from "@imagefn/inr";

/** Everything that a view of the page depends on. */
export interface Seen {
  readonly seed: number;
  /** Number of the sample; undefined while an opened file is shown. */
  readonly sample?: number;
  /** Number of its class; undefined: classes in turn. */
  readonly label?: number;
  /** The other sample, and how far the noise is towards it, in percent. */
  readonly other: number;
  readonly mix: number;
  /** Network evaluations. */
  readonly steps: number;
  /** Size of the picture in pixels. */
  readonly width: number;
  readonly height: number;
  /** The part of the picture that is seen: as wide as high, in fractions of the picture. */
  readonly view: View;
}

/** Bounds of the fields in an address, which the page's inputs have too. */
const mostSeed = 2 ** 32 - 1;
const mostSide = 16_384;
/** Closer views exceed the precision of float64 coordinates. */
const mostZoom = 1e9;
export const closest = 1 / mostZoom;

/** The whole picture. */
export const wholePicture: View = { left: 0, top: 0, width: 1, height: 1 };

/** The fragment for what is seen, such as `#seed=0&sample=3`: what is as usual is left out, except for the sample. */
export function addressOf(seen: Seen, usual: Seen): string {
  const { seed, sample, label, other, mix, steps, width, height, view } = seen;
  const fields: [name: string, value: string | number][] = [];
  if (sample !== undefined) {
    fields.push(["seed", seed], ["sample", sample]);
    if (label !== undefined) fields.push(["class", label]);
    if (mix !== 0) fields.push(["other", other], ["mix", mix]);
    if (steps !== usual.steps) fields.push(["steps", steps]);
  }
  if (width !== usual.width || height !== usual.height) fields.push(["width", width], ["height", height]);
  if (view.width < 1) {
    // Digits enough for a thousandth of what is seen.
    const digits = 4 + Math.ceil(Math.log10(1 / view.width));
    const middle = (start: number) => (start + view.width / 2).toFixed(digits);
    fields.push(["zoom", Number((1 / view.width).toPrecision(6))]);
    fields.push(["x", middle(view.left)], ["y", middle(view.top)]);
  }
  return `#${fields.map(([name, value]) => `${name}=${value}`).join("&")}`;
}

/** What a fragment says to show. Whatever is missing in it, out of bounds or no number is as usual. */
export function seenAt(fragment: string, usual: Seen, classes: number, mostSteps: number): Seen {
  const fields = new URLSearchParams(fragment.replace(/^#/, ""));
  const number = (name: string, pattern: RegExp, least: number, most: number): number | undefined => {
    const text = fields.get(name) ?? "";
    const value = Number(text);
    return pattern.test(text) && value >= least && value <= most ? value : undefined;
  };
  const count = (name: string, least: number, most: number) => number(name, /^\d{1,10}$/, least, most);
  const decimal = (name: string, least: number, most: number) =>
    number(name, /^\d{1,10}(\.\d{1,20})?$/, least, most);
  const extent = 1 / (decimal("zoom", 1, mostZoom) ?? 1);
  const start = (name: string) => {
    const middle = decimal(name, 0, 1) ?? 0.5;
    return Math.min(1 - extent, Math.max(0, middle - extent / 2));
  };
  const mix = count("mix", 0, 100) ?? 0;
  return {
    seed: count("seed", 0, mostSeed) ?? usual.seed,
    sample: count("sample", 0, mostSeed) ?? usual.sample,
    label: count("class", 0, classes - 1),
    other: count("other", 0, mostSeed) ?? usual.other,
    mix,
    steps: count("steps", 1, mostSteps) ?? usual.steps,
    width: count("width", 1, mostSide) ?? usual.width,
    height: count("height", 1, mostSide) ?? usual.height,
    view: { left: start("x"), top: start("y"), width: extent, height: extent },
  };
}

/** A function that puts a fragment into the address, at most every so often: browsers limit how many they take. */
export function addressWriter(fragment: () => string): () => void {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      history.replaceState(null, "", fragment());
    }, 400);
  };
}
