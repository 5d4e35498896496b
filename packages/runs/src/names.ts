// Names for help texts and checks of options, in a module that loads neither networks nor data sets.
export { engineNames } from "@imagefn/ops/names";
export { defaultPreset, type Preset, presets } from "./config/presets.js";
export { schemaFile } from "./config/schemaFile.js";
export { type DataKind, type DataKindName, dataKind, dataKinds } from "./data/kinds.js";
export { type ExportFormat, exportFormats, precisions } from "./export/formats.js";
export { type GeneratorKind, generatorKinds } from "./generators/names.js";
export { version } from "./version.js";
