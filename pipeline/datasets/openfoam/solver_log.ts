/**
 * Output of the solver: residuals, forces, heights of the cells at walls.
 *
 * @module
 */

/** Progress of a steady solver. */
export interface SolverProgress {
  /** Number of iterations. */
  readonly iterations: number;
  /** Whether all residuals fell below their tolerances. */
  readonly converged: boolean;
  /** Residuals before the last complete iteration, by equation. */
  readonly residuals: Readonly<Record<string, number>>;
  /** Smallest, largest and mean dimensionless height of the cells at a wall, if measured. */
  readonly yPlus?: readonly [number, number, number] | undefined;
}

/** Coefficients of the forces on a body. */
export interface ForceCoefficients {
  readonly drag: number;
  readonly lift: number;
  readonly moment: number;
  /** Range of the drag over the last iterations. */
  readonly dragSpan: number;
  /** Range of the lift over the last iterations. */
  readonly liftSpan: number;
}

/** Pattern of a number in a log. */
const NUMBER = "([-+]?(?:nan|inf|[\\d.]+(?:e[-+]?\\d+)?))";

/**
 * Reads the log of simpleFoam.
 *
 * @throws {SyntaxError} If it has no iteration
 */
export function readSolverLog(log: string): SolverProgress {
  const parts = log.split(/^Time = (\d+)\s*$/m);
  const iterations = Number(parts.at(-2));
  // A converged solver announces one more time than it solves for.
  const solved = parts.findLast((part) => part.includes("Solving for")) ?? "";
  const residuals: Record<string, number> = {};
  const residual = new RegExp(`Solving for (\\w+), Initial residual = ${NUMBER}`, "g");
  for (const [, name, value] of solved.matchAll(residual)) residuals[name] ??= Number(value);
  if (Object.keys(residuals).length === 0) {
    throw new SyntaxError(
      "Cannot read log of simpleFoam: it must have an iteration, found none",
    );
  }
  const height = new RegExp(`y\\+ : min = ${NUMBER}, max = ${NUMBER}, average = ${NUMBER}`, "g");
  const [, low, high, mean] = [...log.matchAll(height)].at(-1) ?? [];
  return {
    iterations,
    converged: log.includes("SIMPLE solution converged"),
    residuals,
    yPlus: mean === undefined ? undefined : [Number(low), Number(high), Number(mean)],
  };
}

/** The fatal error in a log, on one line; undefined if there is none. */
export function fatalError(log: string): string | undefined {
  const message = log.match(/--> FOAM FATAL (?:IO )?ERROR:\s*([^]*?)(?:\n\n|\n\s*From |$)/)?.[1];
  return message?.trim().replace(/\s+/g, " ");
}

/**
 * Reads the file `coefficient.dat` that forceCoeffs writes.
 *
 * @param iterations Number of last iterations over which the ranges are taken
 * @throws {SyntaxError} If there is no row, or a column is missing
 */
export function readForceCoefficients(text: string, iterations: number): ForceCoefficients {
  const lines = text.split("\n").map((line) => line.trim());
  const names = lines.findLast((line) => line.startsWith("# Time"))?.slice(1).trim().split(/\s+/) ??
    [];
  const rows = lines.filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(/\s+/).map(Number));
  const recent = rows.filter(([time]) => time >= rows.at(-1)![0] - iterations);
  const column = (name: string) => {
    const at = names.indexOf(name);
    if (at < 0 || rows.length === 0) {
      throw new SyntaxError(
        `Cannot read force coefficients: there must be values of ${name}, found none`,
      );
    }
    return recent.map((row) => row[at]);
  };
  const drag = column("Cd");
  const lift = column("Cl");
  const moment = column("CmPitch");
  return {
    drag: drag.at(-1)!,
    lift: lift.at(-1)!,
    moment: moment.at(-1)!,
    dragSpan: Math.max(...drag) - Math.min(...drag),
    liftSpan: Math.max(...lift) - Math.min(...lift),
  };
}
