// Reading a YAML file that contains a mapping.
import { readFileSync } from "node:fs";
import { escaped, ImagefnError, onFile, quoted } from "@imagefn/base";
import { type Document, parseDocument } from "yaml";
import { isValues, refusePrototype, type Values } from "./layers.js";

/**
 * The mapping in a YAML file; merge keys (`<<: *name`) are carried out.
 * @throws ImagefnError `invalid-config`, with line and column if the text is not YAML
 */
export function readYaml(path: string): Values {
  const document = parseDocument(textOf(onFile(path, () => readFileSync(path))), {
    merge: true,
    logLevel: "error",
  });
  const [error] = document.errors;
  if (error !== undefined) {
    const start = error.linePos?.[0];
    const where = start === undefined ? "" : ` line ${start.line}, column ${start.col}:`;
    const what = error.message.split(/ at line |:?\n/)[0];
    throw new ImagefnError("invalid-config", `${quoted(path)} is not valid YAML:${where} ${escaped(what)}.`, {
      path,
    });
  }
  const values = plainValues(document, path);
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

/** Merge keys and aliases are carried out here, and fail here. */
function plainValues(document: Document, path: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    const { message } = error as Error;
    const what = /alias count/.test(message)
      ? "its aliases contain each other or multiply (expected at most a hundred values from aliases)"
      : /Merge sources/.test(message)
        ? "the value of a merge key (<<) is not a mapping (expected an alias of a mapping, or a list of them)"
        : message;
    throw new ImagefnError("invalid-config", `${quoted(path)} is not valid YAML: ${escaped(what)}.`, {
      path,
    });
  }
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
