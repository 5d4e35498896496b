// Which settings make no transformer for an image size: the rules that all generators of this package share.

/** One broken rule. */
export interface GeneratorProblem {
  /** The setting to look at, as "heads" or "inr.groups". */
  readonly field: string;
  /** The rest of the sentence that the field begins, as "is 7, which does not divide dim 768: ..". */
  readonly message: string;
}

/** What messages call another field: a whole path where settings are part of a configuration. "size" is the images' size. */
export type FieldName = (field: string) => string;

/** [height, width] of images in pixels. */
export type ImageSize = readonly [height: number, width: number];

/** The name of a field where nothing else is said. */
export const ownName: FieldName = (field) => (field === "size" ? "the image size" : field);

/** Settings that every transformer here has. */
interface Common {
  readonly dim: number;
  readonly heads: number;
  readonly patch: number;
}

/** Rules of patches and heads. */
export function commonProblems(
  { dim, heads, patch }: Common,
  [height, width]: ImageSize,
  name: FieldName,
): GeneratorProblem[] {
  const problems: GeneratorProblem[] = [];
  const counts = Object.entries({ dim, heads, patch });
  for (const [field, n] of counts)
    if (!Number.isInteger(n) || n < 1)
      problems.push({ field, message: `must be a positive whole number (got ${n})` });
  if (problems.length > 0) return problems;
  const square = height === width;
  if (height % patch !== 0 || width % patch !== 0)
    problems.push({
      field: "patch",
      message:
        `is ${patch}, which does not divide ${name("size")} ${square ? height : `${height} x ${width}`}: ` +
        `choose a divisor of ${square ? height : "both"}`,
    });
  if (dim % heads !== 0)
    problems.push({
      field: "heads",
      message: `is ${heads}, which does not divide ${name("dim")} ${dim}: each head takes an equal part`,
    });
  return problems;
}

/** The rule of fixed positions. */
export const positionProblems = ({ dim }: Common): GeneratorProblem[] =>
  dim % 4 === 0
    ? []
    : [
        {
          field: "dim",
          message: `is ${dim}, which is no multiple of 4: positions are a sine and a cosine for each of two axes`,
        },
      ];

/** Refuses settings that break a rule, with all that is wrong with them. */
export function refuse(what: string, problems: readonly GeneratorProblem[]): void {
  if (problems.length === 0) return;
  throw new Error(
    `transformer: ${what}: ${problems.map(({ field, message }) => `${field} ${message}`).join("; ")}`,
  );
}
