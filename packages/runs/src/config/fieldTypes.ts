// The kinds of fields that a configuration is made of: one line for each field, with type, range, default and description.
import * as z from "zod";

/** A field: its type, the values it accepts in words for errors and tables, and one line of description. */
export const field = <T extends z.ZodType>(type: T, expected: string, description: string) =>
  type.meta({ description, expected });

/** A whole number. */
export const int = (min: number, max: number, fallback: number, description: string) =>
  field(z.int().min(min).max(max).default(fallback), `a whole number from ${min} to ${max}`, description);

/** A number. */
export const real = (min: number, max: number, fallback: number, description: string) =>
  field(z.number().min(min).max(max).default(fallback), `a number from ${min} to ${max}`, description);

/** True or false. */
export const flag = (fallback: boolean, description: string) =>
  field(z.boolean().default(fallback), "true or false", description);

/** One of several words. */
export const choice = <const T extends readonly string[]>(
  values: T,
  fallback: T[number],
  description: string,
) => field(z.enum(values).default(fallback), `one of ${values.join(", ")}`, description);

/** A training length: a number of steps, or passes over the data written as "30 epochs". */
export const length = (fallback: number | string, description: string) =>
  field(
    z.union([z.int().min(0).max(1e9), z.string().regex(/^\d+(\.\d+)? epochs?$/)]).default(fallback),
    'a number of steps, or passes over the data such as "30 epochs"',
    description,
  );
