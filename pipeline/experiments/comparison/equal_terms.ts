/**
 * Whether runs can be compared at all.
 *
 * @module
 */

import { UserError } from "../../../errors.ts";
import { type ComparedRun, runsByNetwork } from "./compared_run.ts";
import { methodRow } from "./comparison_table.ts";

/** What must be the same in all runs, as text. */
const TERMS: Readonly<Record<string, (run: ComparedRun) => string>> = {
  "numbers of steps": ({ losses }) => String(losses.length),
  "test samples": (run) =>
    methodRow(run, "network").metrics.relativeL2.samples.map(({ id }) => id).join(", "),
  // They follow from the data alone: these tell a data set that was changed between two runs.
  "errors of the baselines": ({ metrics }) =>
    metrics.filter(({ method }) => method !== "network").map(({ metrics }) => String(metrics.rmse))
      .join(
        " and ",
      ),
};

/**
 * Checks that all networks were trained with the same seeds in the same order, for as many steps,
 * and measured on the same samples of the same data.
 *
 * @throws {UserError} Naming what differs, and the run.
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
    `Cannot compare "${odd.directory}" with "${first.directory}" as they must have the ` +
      `same ${what}: ` +
      `${found} instead of ${expected}; remove its directory, and the run is made again`,
  );
}
