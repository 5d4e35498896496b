// CM-UViT as a configuration describes it: the fields of its section, and the record of its package.
import { uvitRecord } from "@imagefn/transformer";
import * as z from "zod";
import { flag, int } from "../config/fieldTypes.js";
import { transformerFields } from "./transformer.js";

const settings = z
  .strictObject({
    ...transformerFields,
    depth: int(1, 127, 15, "blocks, an odd number: as many before the middle one as after it"),
    timeMlp: flag(false, "an MLP on the noise level's sinusoid"),
  })
  .prefault({})
  .meta({ description: `${uvitRecord.title}: ${uvitRecord.description}` });

export const uvit = { ...uvitRecord, settings } as const;
