// What samples are compared with: images, statistics, or both.
import { quoted } from "@imagefn/base";
import { openNpz } from "../weights/npz.js";
import type { Extracted } from "./extract.js";
import { npzSource } from "./npzSource.js";
import { openImages, pathKind } from "./openImages.js";
import { readStatistics, type SavedStatistics } from "./savedStatistics.js";
import type { ImageSource } from "./source.js";

/** What samples are compared with: images, statistics, or both as in guided-diffusion's files. */
export interface Reference {
  /** The images. */
  readonly images?: ImageSource;
  /** How many of the images; 0 where there are only statistics. */
  readonly count: number;
  /** Statistics over one network. */
  readonly statistics?: SavedStatistics;
  /** Features of the images over the network in question, where they were computed before. */
  readonly extracted?: Extracted;
}

/**
 * The reference at a path or of a source.
 * @param most how many of its images to take at most
 * @throws ImagefnError `invalid-data` where a path holds neither images nor statistics
 */
export async function openReference(given: string | ImageSource, most: number): Promise<Reference> {
  if (typeof given === "string" && pathKind(given) === "npz") {
    const file = openNpz(given);
    file.close();
    if (file.names.includes("mu") && file.names.includes("sigma")) {
      // A file of statistics may hold images too, for precision and recall.
      const images = file.names.includes("arr_0") ? npzSource(given) : undefined;
      return { ...limited(images, most), statistics: readStatistics(given) };
    }
  }
  return limited(await openImages("reference", given), most);
}

const limited = (images: ImageSource | undefined, most: number): Reference =>
  images ? { images, count: Math.min(images.count, most) } : { count: 0 };

/** What messages call a reference. */
export const referenceName = ({ images, statistics }: Reference): string =>
  statistics ? `the statistics in ${quoted(statistics.path)}` : images!.name;

/** What a report says of a reference. */
export const aboutReference = ({
  images,
  count,
  statistics,
}: Reference): Readonly<Record<string, unknown>> => ({
  ...images?.about,
  ...(images ? { n: count } : {}),
  ...(statistics ? { statistics: statistics.path, ...statistics.note } : {}),
});
