// CM-DiT as a configuration describes it: the fields of its section, and the record of its package.
import { ditRecord } from "@imagefn/transformer";
import * as z from "zod";
import { int } from "../config/fieldTypes.js";
import { transformerFields } from "./transformer.js";

const settings = z
  .strictObject({ ...transformerFields, depth: int(1, 128, 15, "adaLN-Zero blocks") })
  .prefault({})
  .meta({ description: `${ditRecord.title}: ${ditRecord.description}` });

export const dit = { ...ditRecord, settings } as const;
