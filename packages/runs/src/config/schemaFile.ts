// The name of the JSON Schema beside a configuration.

/** The name under which the JSON Schema of configurations is stored beside one. */
export const schemaFile = "imagefn.schema.json";
