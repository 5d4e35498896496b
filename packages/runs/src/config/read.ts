// Reading a YAML file that contains a mapping.
import { readFileSync } from "node:fs";
import { ImagefnError } from "@imagefn/base";
import { parseDocument } from "yaml";
import { isValues, type Values } from "./layers.js";

/** The mapping in a YAML file. Throws an `ImagefnError`, with line and column if the text is not YAML. */
export function readYaml(path: string): Values {
  const document = parseDocument(readFileSync(path, "utf8"));
  const [error] = document.errors;
  if (error !== undefined) {
    const start = error.linePos?.[0];
    const where = start === undefined ? "" : ` line ${start.line}, column ${start.col}:`;
    const what = error.message.split(/ at line |:?\n/)[0];
    throw new ImagefnError("invalid-config", `${path} is not valid YAML:${where} ${what}.`, { path });
  }
  const values: unknown = document.toJS();
  if (!isValues(values)) {
    throw new ImagefnError(
      "invalid-config",
      `${path} contains no configuration: expected a mapping of fields such as \`preset: avatars-tiny\`, ` +
        `got ${values === null ? "nothing" : Array.isArray(values) ? "a list" : "plain text"}.`,
      { path },
    );
  }
  return values;
}
