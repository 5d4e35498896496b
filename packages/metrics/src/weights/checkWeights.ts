// Compares the tensors of a file with those that a network needs.
import { ImagefnError } from "@imagefn/base";
import type { HostArray, Shape } from "@imagefn/ops";
import { quote, show } from "./_format.js";

/** What messages call the weights, and how strict the check is. */
export interface CheckWeightsOptions {
  /** What the tensors are of, for the message: a path. */
  readonly from?: string;
  /** What they are for, for the message: "VGG16". */
  readonly network?: string;
  /** Whether other tensors may be there too. Default false. Batch counts are always allowed. */
  readonly allowOthers?: boolean;
}

/**
 * @param expected the shape of each tensor that is needed
 * @throws one error that names the tensors which are missing, unexpected or of another shape
 */
export function checkWeights(
  tensors: ReadonlyMap<string, HostArray>,
  expected: ReadonlyMap<string, Shape>,
  { from = "the weights", network = "this network", allowOthers = false }: CheckWeightsOptions = {},
): void {
  const missing: string[] = [];
  const otherShape: string[] = [];
  for (const [name, shape] of expected) {
    const tensor = tensors.get(name);
    if (!tensor) missing.push(name);
    else if (!sameShape(tensor.shape, shape))
      otherShape.push(`${quote(name)} ${show(tensor.shape)} (expected ${show(shape)})`);
  }
  const unexpected = [...tensors.keys()].filter((name) => !expected.has(name) && !isBatchCount(name));
  const wrong = [
    missing.length > 0 && `${missing.length} of ${expected.size} are missing: ${few(missing.map(quote))}`,
    otherShape.length > 0 && `${otherShape.length} are of another shape: ${few(otherShape)}`,
    !allowOthers &&
      unexpected.length > 0 &&
      `${unexpected.length} are not expected: ${few(unexpected.map(quote))}`,
    renamed(missing, unexpected),
  ].filter((part) => typeof part === "string");
  if (wrong.length > 0 && (missing.length > 0 || otherShape.length > 0 || !allowOthers))
    throw new ImagefnError("invalid-data", `metrics: ${from} do not fit ${network}: ${wrong.join("; ")}`);
}

const sameShape = (a: Shape, b: Shape) => a.length === b.length && a.every((d, i) => d === b[i]);

/** Batch normalisation counts its training steps; inference does not read it. */
const isBatchCount = (name: string) => name.endsWith("num_batches_tracked");

const few = (items: readonly string[]): string =>
  items.length > 6 ? `${items.slice(0, 5).join(", ")} and ${items.length - 5} more` : items.join(", ");

/** The commonest mistake: a state dict inside another dict. */
function renamed(missing: readonly string[], unexpected: readonly string[]): string | undefined {
  const found = missing.length > 0 && unexpected.find((name) => name.endsWith(`.${missing[0]}`));
  return found ? `${quote(missing[0])} is there under the name ${quote(found)}` : undefined;
}
