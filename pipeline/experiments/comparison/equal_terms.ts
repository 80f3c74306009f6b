/**
 * Checks that runs can be compared.
 *
 * @module
 */

import { UserError } from "../../../errors.ts";
import { type ComparedRun, runsByNetwork } from "./compared_run.ts";
import { methodRow } from "./comparison_table.ts";

/** Properties that all runs must share, as text. */
const TERMS: Readonly<Record<string, (run: ComparedRun) => string>> = {
  "numbers of steps": ({ losses }) => String(losses.length),
  "test samples": (run) =>
    methodRow(run, "network").metrics.relativeL2.samples.map(({ id }) => id).join(", "),
  // They depend on the data alone, and reveal a data set that changed between two runs.
  "errors of the baselines": ({ metrics }) =>
    metrics.filter(({ method }) => method !== "network")
      .map(({ metrics }) => String(metrics.rmse)).join(" and "),
};

/**
 * Checks that all networks were trained with the same seeds in the same order, for the same number
 * of steps, and tested on the same samples of the same data.
 *
 * @throws {UserError} If a property differs, with its name and the directory of the run.
 */
export function checkEqualTerms(runs: readonly ComparedRun[]): void {
  const [first] = runs;
  for (const [what, term] of Object.entries(TERMS)) {
    const odd = runs.find((run) => term(run) !== term(first));
    if (odd !== undefined) fail(what, first, odd, term(first), term(odd));
  }
  const seedsOf = (runs: readonly ComparedRun[]) => runs.map(({ seed }) => seed).join(", ");
  const networks = [...runsByNetwork(runs).values()];
  const odd = networks.find((runs) => seedsOf(runs) !== seedsOf(networks[0]));
  if (odd !== undefined) fail("seeds", first, odd[0], seedsOf(networks[0]), seedsOf(odd));
}

function fail(
  what: string,
  first: ComparedRun,
  odd: ComparedRun,
  expected: string,
  found: string,
): never {
  throw new UserError(
    `Cannot compare "${odd.directory}" with "${first.directory}": they must have the same ` +
      `${what}, but ${found} differs from ${expected}; remove the directory to run it again`,
  );
}
