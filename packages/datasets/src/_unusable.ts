// The error of an image that cannot be used, which leaves open whether the others can.

/** What is wrong with one image. The message is `datasets: fault; advice`. */
export class UnusableImage extends Error {
  /** Names the file. */
  readonly fault: string;

  constructor(fault: string, advice: string) {
    super(`datasets: ${fault}; ${advice}`);
    this.fault = fault;
  }
}
