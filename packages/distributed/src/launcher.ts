// Which launcher started this process, and as one of how many.

/** A launcher that says so in the environment. */
export interface Launcher {
  readonly name: string;
  /** Processes that it started. */
  readonly size: number;
}

/** In this order: processes of mpirun inside a Slurm job have the variables of Slurm too, about mpirun's own daemons. */
const known = [
  { name: "mpirun of Open MPI", size: "OMPI_COMM_WORLD_SIZE" },
  { name: "mpirun of MPICH", size: "PMI_SIZE" },
  { name: "srun", size: "SLURM_STEP_NUM_TASKS", only: "SLURM_PROCID" },
] as const;

/** The launcher of this process; undefined if there is none, or one that leaves no trace. */
export function launcherOf(env: NodeJS.ProcessEnv): Launcher | undefined {
  for (const { name, size, ...more } of known) {
    const count = Number(env[size]);
    if (count >= 1 && (!("only" in more) || env[more.only] !== undefined)) return { name, size: count };
  }
  return undefined;
}
