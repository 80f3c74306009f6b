/**
 * What OpenFOAM's solver reports: residuals, forces, the distance of the wall's cells.
 *
 * @module
 */

/** How far a steady solver has come. */
export interface SolverProgress {
  /** Iterations done. */
  readonly iterations: number;
  /** Whether all residuals fell below what was asked for. */
  readonly converged: boolean;
  /** Residuals before the last whole iteration, by equation. */
  readonly residuals: Readonly<Record<string, number>>;
  /**
   * Smallest, largest and mean dimensionless height of the cells at a wall, where it was measured.
   */
  readonly yPlus?: readonly [number, number, number] | undefined;
}

/** Coefficients of the forces on a body. */
export interface ForceCoefficients {
  readonly drag: number;
  readonly lift: number;
  readonly moment: number;
  /** How much drag and lift have varied lately. */
  readonly dragSpan: number;
  readonly liftSpan: number;
}

/** What follows a number in a log. */
const number = "([-+]?(?:nan|inf|[\\d.]+(?:e[-+]?\\d+)?))";

/**
 * Reads the log of simpleFoam.
 *
 * @throws {SyntaxError} If no iteration was done
 */
export function readSolverLog(log: string): SolverProgress {
  const parts = log.split(/^Time = (\d+)\s*$/m);
  const iterations = Number(parts.at(-2));
  // A converged solver announces one more time than it solves for.
  const solved = parts.findLast((part) => part.includes("Solving for")) ?? "";
  const residuals: Record<string, number> = {};
  for (
    const [, name, value] of solved.matchAll(
      new RegExp(`Solving for (\\w+), Initial residual = ${number}`, "g"),
    )
  ) {
    residuals[name] ??= Number(value);
  }
  if (Object.keys(residuals).length === 0) {
    throw new SyntaxError(
      "Cannot read the log of simpleFoam as it must hold an iteration: it has none",
    );
  }
  const yPlus = log.matchAll(
    new RegExp(`y\\+ : min = ${number}, max = ${number}, average = ${number}`, "g"),
  );
  const [, least, most, mean] = [...yPlus].at(-1) ?? [];
  return {
    iterations,
    converged: log.includes("SIMPLE solution converged"),
    residuals,
    ...(mean !== undefined && { yPlus: [Number(least), Number(most), Number(mean)] }),
  };
}

/** The sentence with which OpenFOAM gave up, on one line; undefined if it did not. */
export function fatalError(log: string): string | undefined {
  const message = log.match(/--> FOAM FATAL (?:IO )?ERROR:\s*([^]*?)(?:\n\n|\n\s*From |$)/)?.[1];
  return message?.trim().replace(/\s+/g, " ");
}

/**
 * Reads the file `coefficient.dat` that forceCoeffs writes.
 *
 * @param iterations Over how many of the last iterations the spans are taken
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
        `Cannot read force coefficients as there must be values of ${name}: there are none`,
      );
    }
    return recent.map((row) => row[at]);
  };
  const [drag, lift, moment] = [column("Cd"), column("Cl"), column("CmPitch")];
  return {
    drag: drag.at(-1)!,
    lift: lift.at(-1)!,
    moment: moment.at(-1)!,
    dragSpan: Math.max(...drag) - Math.min(...drag),
    liftSpan: Math.max(...lift) - Math.min(...lift),
  };
}
