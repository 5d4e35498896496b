// CM-UNet as a configuration describes it: the fields of its section, and the record of its package.
import { unetRecord } from "@imagefn/unet-baseline";
import * as z from "zod";
import { choice, field, flag, int } from "../config/fieldTypes.js";

const settings = z
  .strictObject({
    channels: int(1, 4096, 256, "channels of the first level"),
    multipliers: field(
      z.array(z.int().min(1).max(64)).min(1).max(8).default([1, 2, 3, 4]),
      "a list of whole numbers from 1 to 64",
      "channels of each level over `channels`; each level but the first halves the size",
    ),
    blocks: int(1, 16, 2, "residual blocks per level"),
    attention: field(
      z.array(z.int().min(1).max(1024)).max(8).default([32, 16, 8]),
      "a list of whole numbers from 1 to 1024",
      "feature sizes that have attention",
    ),
    headChannels: int(1, 1024, 64, "channels of an attention head"),
    groups: int(1, 4096, 32, "groups of every group normalisation, which divide channels"),
    resample: choice(
      ["residual", "conv"],
      "residual",
      "how levels are joined: residual blocks, or one convolution",
    ),
    scaleShift: flag(false, "the noise level scales and shifts features; false: is added to them"),
  })
  .prefault({})
  .meta({ description: `${unetRecord.title}: ${unetRecord.description}` });

export const unet = { ...unetRecord, settings } as const;
