// A configuration as YAML text, each field with its description.
import { Document, isMap, isScalar, visit } from "yaml";
import { configFields } from "./fields.js";
import type { Values } from "./layers.js";
import type { Config } from "./schema.js";

/**
 * The resolved configuration, or some of its fields, as YAML that `resolveConfig` accepts as a file.
 * `header` lines become comments at the top; every field carries its description as a comment.
 * @param schema the path of its JSON Schema from the file's folder: a first line from which editors know it
 */
export function configYaml(
  config: Config | Values,
  header: readonly string[] = [],
  { schema }: { schema?: string } = {},
): string {
  const document = new Document(config);
  // Lists on one line: `[[32, 32], [64, 64]]` reads better than a column of dashes.
  visit(document, {
    Seq(_, list) {
      list.flow = true;
    },
  });
  const descriptions = new Map(configFields().map((field) => [field.path, field.description]));
  const annotate = (node: unknown, prefix: string) => {
    if (!isMap(node)) return;
    for (const { key, value } of node.items) {
      const path = `${prefix}${isScalar(key) ? key.value : key}`;
      if (isMap(value)) {
        annotate(value, `${path}.`);
      } else if (isScalar(value) || (typeof value === "object" && value !== null)) {
        const description = descriptions.get(path);
        if (description) (value as { comment?: string }).comment = ` ${description}`;
      }
    }
  };
  annotate(document.contents, "");
  const top = [...(schema === undefined ? [] : [`yaml-language-server: $schema=${schema}`]), ...header];
  if (top.length > 0) {
    document.commentBefore = top.map((line) => ` ${line.replace(/[\r\n]+/g, " ")}`).join("\n");
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
