// The list of all configuration fields, read from the schema, for error messages, overrides and docs.
import * as z from "zod";
import { configSchema } from "./schema.js";

/** One field or section of the configuration. */
export interface Field {
  /** Dotted path, such as `train.batch`. */
  path: string;
  /** The values it accepts, in words. */
  expected: string;
  description: string;
  /** Undefined for a section, and for a required field. */
  default?: unknown;
  section: boolean;
}

interface Node {
  properties?: Record<string, Node>;
  description?: string;
  expected?: string;
  default?: unknown;
}

let cached: Field[] | undefined;

/** All fields and sections, in the order of the schema; a section comes before its fields. */
export function configFields(): readonly Field[] {
  cached ??= collect(z.toJSONSchema(configSchema, { io: "input" }) as Node, "");
  return cached;
}

function collect(node: Node, prefix: string): Field[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const path = `${prefix}${key}`;
    const section = child.properties !== undefined;
    const field: Field = {
      path,
      expected: child.expected ?? "a section with fields of its own",
      description: child.description ?? "",
      section,
    };
    if (!section && child.default !== undefined) field.default = child.default;
    return [field, ...collect(child, `${path}.`)];
  });
}

/** The field at `path`, or the innermost one that contains it (`sample.sizes` for `sample.sizes.0.1`). */
export function fieldAt(path: readonly PropertyKey[]): Field | undefined {
  for (let end = path.length; end > 0; end--) {
    const dotted = path.slice(0, end).join(".");
    const field = configFields().find((candidate) => candidate.path === dotted);
    if (field !== undefined) return field;
  }
  return undefined;
}

/** A Markdown table of every field with its default, accepted values and meaning. */
export function fieldTable(): string {
  const rows = configFields()
    .filter((field) => !field.section)
    .map(
      (field) =>
        `| \`${field.path}\` | ${field.default === undefined ? "(required)" : `\`${JSON.stringify(field.default)}\``} ` +
        `| ${field.expected} | ${field.description} |`,
    );
  return ["| field | default | takes | meaning |", "|---|---|---|---|", ...rows].join("\n");
}
