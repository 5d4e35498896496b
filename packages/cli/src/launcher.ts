// Processes that mpirun or srun started without being told to work together.
import { UsageError } from "./errors.js";

/** The variables in which launchers say how many processes there are: Open MPI, MPICH, Slurm. */
const sizes = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"] as const;

/** The variable by which this process is one of several; undefined if it is alone. */
export const launchedBy = (env: NodeJS.ProcessEnv): string | undefined =>
  sizes.find((name) => Number(env[name]) >= 1);

/** Refuses to train beside others of the same command, each for itself: all of them would write into one folder. */
export function refuseLauncher(env: NodeJS.ProcessEnv): void {
  const name = launchedBy(env);
  if (name === undefined || Number(env[name]) < 2) return;
  throw new UsageError(
    `this is one of ${env[name]} processes that a launcher started (${name}), and each would train the same run by itself. ` +
      `Add --mpi to train one run together, or start imagefn without the launcher; for separate runs, remove ${name} from ` +
      "their environment.",
  );
}
