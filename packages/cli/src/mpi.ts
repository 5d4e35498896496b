// Joins the other processes of `imagefn train --mpi`, and ends all of them when one fails.
import { availableParallelism, cpus } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import type { MpiRanks } from "@imagefn/distributed";
import { explain, UsageError, UserError } from "./errors.js";
import { launchedBy } from "./launcher.js";
import { optionalPackage } from "./optionalPackage.js";
import { visible } from "./visible.js";

/** Seconds that an exchange may take after a signal that ends processes: some launchers wait no longer than 30. */
const HURRY = 10;

/** Milliseconds that rank 0 has to tell of an error that all ranks have. */
const FIRST_MS = 1000;

export async function joined({
  library,
  patience,
}: {
  library?: string;
  patience?: number;
}): Promise<MpiRanks> {
  const { joinMpi } = await optionalPackage(
    "train --mpi",
    "@imagefn/distributed",
    () => import("@imagefn/distributed"),
  );
  const ranks = await joinMpi({ library, patience }).catch((error: Error) => {
    const text = error.message.replace(/^distributed: /, "").replace("as `library`", "with --mpi-library");
    throw Object.assign(new UserError(text), { stack: error.stack });
  });
  if (ranks.size === 1 && launchedBy(process.env) === undefined) {
    await ranks.close();
    throw new UsageError("--mpi requires a launcher. For two processes: mpirun -n 2 imagefn train .. --mpi");
  }
  return ranks;
}

/** What Open MPI does to two processes on one machine, unless it is told not to; undefined if all cores can be used. */
export function boundText({ local }: MpiRanks): string | undefined {
  const [mine, share] = [availableParallelism(), Math.floor(cpus().length / local.size)];
  return mine < share
    ? `warning: this process is bound to ${mine} of ${cpus().length} cores; mpirun of Open MPI leaves it ${share} with --bind-to none`
    : undefined;
}

/** Lets this rank end soon although others may not answer. */
export function hurry(ranks: MpiRanks): void {
  ranks.patience = Math.min(ranks.patience, HURRY);
}

/** Ends all processes. */
export async function fail(ranks: MpiRanks, error: unknown): Promise<never> {
  if (ranks.rank > 0) await wait(FIRST_MS);
  const { message, exitCode } = explain(error);
  const { rank, size, host } = ranks;
  process.stderr.write(`imagefn: rank ${rank} of ${size} on ${visible(`${host}: ${message}`)}\n`);
  if (process.env.IMAGEFN_DEBUG === "1")
    process.stderr.write(`${visible((error as Error | undefined)?.stack ?? "")}\n`);
  return ranks.abort(undefined, exitCode);
}
