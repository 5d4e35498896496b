// The options that change a configuration, as its layers. Apart from their declaration: help does not need the library.
import { resolve } from "node:path";
import { expandHome } from "@imagefn/base";
import { fieldValues, type Layer, quick, settingsValues } from "@imagefn/runs";
import type { ConfigRequest } from "./options/configOptions.js";
import { settings } from "./setField.js";

/** The layers of a request over its preset or file: --quick < --set < the other options. */
export function requestLayers({ quick: short, set = [], ...request }: ConfigRequest): Layer[] {
  const { generator, data, weights, seed, minutes, steps, engine, threads } = request;
  const own = settingsValues({
    generator,
    data: data === undefined ? undefined : resolve(expandHome(data)),
    weights: weights?.map((folder) => resolve(expandHome(folder))),
    seed,
    minutes,
    steps,
    engine,
    threads,
  });
  return [
    ...(short ? [{ source: "--quick", values: quick }] : []),
    ...(set.length > 0 ? [{ source: "--set", values: fieldValues(settings(set)) }] : []),
    ...(Object.keys(own).length > 0 ? [{ source: "the command line", values: own }] : []),
  ];
}
