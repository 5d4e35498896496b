// Which settings of classifier-free guidance cannot be trained with.
import type { FieldName, Problem } from "./problem.js";

/** Every rule that dropped labels and the guidance of the denoiser that is distilled break. */
export function guidanceProblems(
  {
    labelDropout,
    guidance,
    trajectory,
  }: { readonly labelDropout: number; readonly guidance: number; readonly trajectory: string },
  name: FieldName,
): Problem[] {
  const problems: Problem[] = [];
  if (!(labelDropout >= 0 && labelDropout <= 1))
    problems.push({ field: "labelDropout", message: `is ${labelDropout}: expected a part from 0 to 1` });
  if (!(Number.isFinite(guidance) && guidance >= 0))
    problems.push({ field: "guidance", message: `is ${guidance}: expected a number of at least 0` });
  if (guidance === 1) return problems;
  if (trajectory !== "teacher")
    problems.push({
      field: "guidance",
      message: `is ${guidance}, but ${name("trajectory")} is "${trajectory}": only the denoiser of "teacher" can be guided, and samples can be`,
    });
  else if (labelDropout === 0)
    problems.push({
      field: "guidance",
      message: `is ${guidance}, but ${name("labelDropout")} is 0: the denoiser learns what images of no class are from dropped labels: expected more than 0, such as 0.1`,
    });
  return problems;
}
