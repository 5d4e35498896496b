// What an ONNX network is given: size, mean, deviation, order of the colours, resize rule; from its file and from options.
import { didYouMean, ImagefnError } from "@imagefn/base";
import { quote } from "../weights/_format.js";
import { type ResizeRule, resizeRules } from "./resize.js";

/** How pictures become the input of an ONNX network. What is left out is taken from the file. */
export interface OnnxInput {
  /** Side of the input in pixels, or [height, width], for a file that leaves it open. */
  readonly size?: number | readonly [number, number];
  /** Subtracted from values in [0, 1]: one number, or one for each of red, green and blue. */
  readonly mean?: readonly number[];
  /** What the difference is divided by, likewise. Values of 0 to 255 are mean 0 and std 1/255. */
  readonly std?: readonly number[];
  /** Order of the channels of the input. Default "rgb". */
  readonly order?: "rgb" | "bgr";
  /** How pictures are brought to the size. Default "clean", as DINOv2's and CLIP's evaluations have it. */
  readonly resize?: ResizeRule;
  /** The output that holds the features, for a file with several. */
  readonly output?: string;
}

/** The fields of `OnnxInput`; in the metadata of a file each is called `imagefn.NAME`. */
export const onnxInputFields = ["size", "mean", "std", "order", "resize", "output"] as const;

const orders = ["rgb", "bgr"] as const;

type Field = (typeof onnxInputFields)[number];

/** The prefix of keys in a file's metadata. */
const PREFIX = "imagefn.";

/** All that is known, once defaults are filled in. */
export interface ResolvedInput {
  readonly size?: readonly [height: number, width: number];
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly order: "rgb" | "bgr";
  readonly resize: ResizeRule;
  readonly output?: string;
}

const wrong = (where: string, field: string, got: string, expected: string) =>
  new ImagefnError("invalid-option", `network: ${where}${field} is ${got} (expected ${expected})`, {
    option: "network",
    advised: true,
  });

/**
 * Fields of `OnnxInput` from texts: `{ size: "224", mean: "0.5", order: "bgr" }`; three numbers with commas between them, a size
 * as 224 or as WIDTHxHEIGHT. So the metadata of files holds them.
 * @param where what messages say before the name of a field
 * @throws ImagefnError `invalid-option` for an unknown field or a value that cannot be used
 */
export function onnxInput(texts: Readonly<Record<string, string>>, where = ""): OnnxInput {
  const out: { -readonly [F in Field]?: OnnxInput[F] } = {};
  for (const [name, text] of Object.entries(texts)) {
    if (!(onnxInputFields as readonly string[]).includes(name))
      throw new ImagefnError(
        "invalid-option",
        `network: ${where}there is no field ${quote(name)}${didYouMean(name, onnxInputFields)} ` +
          `(expected ${onnxInputFields.join(", ")})`,
        { option: "network", advised: true },
      );
    const field = name as Field;
    if (field === "size") out.size = sizeOf(text, where);
    else if (field === "mean" || field === "std") out[field] = numbersOf(field, text, where);
    else if (field === "output") out.output = text;
    else if (field === "order") out.order = oneOf(orders, field, text, where);
    else out.resize = oneOf(resizeRules, field, text, where);
  }
  return out;
}

function sizeOf(text: string, where: string): readonly [number, number] {
  const match = /^(\d{1,5})(?:x(\d{1,5}))?$/.exec(text.trim());
  const [width, height] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
  if (!(width >= 1 && height >= 1)) throw wrong(where, "size", quote(text), "pixels, as 224 or WIDTHxHEIGHT");
  return [height, width];
}

function numbersOf(field: string, text: string, where: string): number[] {
  const words = text.split(",").map((word) => word.trim());
  const numbers = words.map((word) => (word === "" ? Number.NaN : Number(word)));
  return checkedNumbers(field, numbers, where, quote(text));
}

function checkedNumbers(field: string, numbers: readonly number[], where: string, got: string): number[] {
  const fits = (numbers.length === 1 || numbers.length === 3) && numbers.every(Number.isFinite);
  if (!fits || (field === "std" && numbers.some((v) => v <= 0)))
    throw wrong(
      where,
      field,
      got,
      field === "std" ? "one number or three, above 0" : "one number or three, as 0.485,0.456,0.406",
    );
  return numbers.length === 1 ? [numbers[0], numbers[0], numbers[0]] : [...numbers];
}

function oneOf<T extends string>(values: readonly T[], field: string, text: string, where: string): T {
  const found = values.find((value) => value === text);
  if (found === undefined) throw wrong(where, field, quote(text), values.join(", "));
  return found;
}

/**
 * What a network is given by its file and by the options, which come first.
 * @returns also whether the options say other things than the file
 * @throws ImagefnError `invalid-option` where mean or std are missing, or a value cannot be used
 */
export function resolveInput(
  given: OnnxInput,
  metadata: ReadonlyMap<string, string>,
  file: string,
): { readonly input: ResolvedInput; readonly differs: boolean } {
  const ours = [...metadata].filter(([key]) => key.startsWith(PREFIX));
  const own = onnxInput(
    Object.fromEntries(ours.map(([key, text]) => [key.slice(PREFIX.length), text])),
    `the metadata of ${file}: `,
  );
  const asked = Object.fromEntries(Object.entries(checked(given)).filter(([, value]) => value !== undefined));
  const filled = (fields: OnnxInput) => ({ order: "rgb", resize: "clean", ...fields }) as const;
  const all = filled({ ...own, ...asked });
  const missing = (["mean", "std"] as const).filter((field) => all[field] === undefined);
  if (missing.length > 0)
    throw new ImagefnError(
      "invalid-option",
      `network: ${file} does not say its ${missing.join(" and ")}, which its pictures are normalised by (expected ` +
        `${missing.map((field) => `${PREFIX}${field}`).join(" and ")} in its metadata, or ${missing.join(" and ")} beside its path)`,
      { option: "network", advised: true, networkFields: missing },
    );
  return { input: all as ResolvedInput, differs: text(all) !== text(filled(own)) };
}

/** The fields in one order, for comparison. */
export const text = (input: OnnxInput): string =>
  JSON.stringify(onnxInputFields.map((field) => input[field] ?? null));

/** The options of a call, with one number become three and a side become a size. */
function checked({ size, mean, std, order, resize, output }: OnnxInput): OnnxInput {
  const sides = typeof size === "number" ? [size, size] : size;
  if (sides?.some((side) => !(Number.isInteger(side) && side >= 1)))
    throw wrong("", "size", sides.join(", "), "whole numbers of pixels");
  return {
    ...(sides ? { size: [sides[0], sides[1]] } : {}),
    ...(mean ? { mean: checkedNumbers("mean", mean, "", `[${mean.join(", ")}]`) } : {}),
    ...(std ? { std: checkedNumbers("std", std, "", `[${std.join(", ")}]`) } : {}),
    ...(order !== undefined ? { order: oneOf(orders, "order", order, "") } : {}),
    ...(resize !== undefined ? { resize: oneOf(resizeRules, "resize", resize, "") } : {}),
    ...(output !== undefined ? { output } : {}),
  };
}
