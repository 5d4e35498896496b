// `--set FIELD=VALUE`: any field of the configuration, its value written as YAML.
import { quoted } from "@imagefn/base";
import { configFields, unknownField } from "@imagefn/runs";
import { parseDocument } from "yaml";
import { UsageError } from "./errors.js";

/** Values by dotted path; the last value of a field wins. @throws UsageError for unknown fields and values that are not YAML */
export const settings = (texts: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(texts.map(setting));

/** `train.batch=16` as a path and its value. Lists and null work too. */
function setting(text: string): [path: string, value: unknown] {
  const equals = text.indexOf("=");
  if (equals <= 0)
    throw new UsageError(`--set ${quoted(text)}: expected FIELD=VALUE, such as --set train.batch=16.`);
  const path = text.slice(0, equals).trim();
  if (!configFields().some((field) => field.path === path))
    throw new UsageError(
      `--set ${quoted(text)}: ${unknownField(quoted(path))} \`imagefn config --fields\` lists all fields.`,
    );
  const document = parseDocument(text.slice(equals + 1));
  if (document.errors.length > 0)
    throw new UsageError(
      `--set ${quoted(text)}: the value is not valid YAML. Quote text with special characters.`,
    );
  return [path, document.toJS()];
}
