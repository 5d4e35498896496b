// Reading a YAML file that contains a mapping.
import { readFileSync } from "node:fs";
import { escaped, ImagefnError, quoted } from "@imagefn/base";
import { parseDocument } from "yaml";
import { isValues, refusePrototype, type Values } from "./layers.js";

/** The mapping in a YAML file. Throws an `ImagefnError`, with line and column if the text is not YAML. */
export function readYaml(path: string): Values {
  const document = parseDocument(textOf(readFileSync(path)));
  const [error] = document.errors;
  if (error !== undefined) {
    const start = error.linePos?.[0];
    const where = start === undefined ? "" : ` line ${start.line}, column ${start.col}:`;
    const what = error.message.split(/ at line |:?\n/)[0];
    throw new ImagefnError("invalid-config", `${quoted(path)} is not valid YAML:${where} ${escaped(what)}.`, {
      path,
    });
  }
  const values: unknown = document.toJS();
  refusePrototype(values, quoted(path));
  if (!isValues(values)) {
    throw new ImagefnError(
      "invalid-config",
      `${quoted(path)} contains no configuration: expected a mapping of fields such as \`preset: avatars-tiny\`, ` +
        `got ${values === null ? "nothing" : Array.isArray(values) ? "a list" : "plain text"}.`,
      { path },
    );
  }
  return values;
}

/** The text of a file in UTF-8, or in UTF-16 with a byte order mark, as PowerShell 5 writes it. */
function textOf(bytes: Buffer): string {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? "utf-16le"
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? "utf-16be"
        : "utf-8";
  return new TextDecoder(encoding).decode(bytes);
}
