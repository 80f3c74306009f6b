/**
 * Tries to break the project: `deno task stress`. A small part of it runs among the tests.
 *
 * @module
 */

import Table from "cli-table3";
import { Command } from "commander";
import { didYouMean, UserError } from "../errors.ts";
import { addExamples, choiceOption, integerOption, runCommand } from "./command/command_line.ts";
import { startProgress } from "./progress/progress.ts";
import { killStress } from "./stress/kill_stress.ts";
import { pauseStress } from "./stress/pause_stress.ts";
import { readerStress } from "./stress/reader_stress.ts";
import type { StressRow, StressTest } from "./stress/stress_test.ts";

/** All stress tests. */
const tests: readonly StressTest[] = [readerStress, killStress, pauseStress];

interface StressFlags {
  readonly seed: number;
  readonly from: number;
  readonly count?: number | undefined;
  readonly only?: string | undefined;
}

const program = new Command("deno task stress")
  .description("Try to break the project, for minutes; a table at the end says how it went.")
  .argument("[tests...]", `of ${tests.map(({ name }) => name).join(", ")} (default: all)`)
  .addOption(integerOption("--seed <n>", "the same seed makes the same tests").default(1))
  .addOption(integerOption("--count <n>", "rounds of each row (default: the test's own)", 1))
  .addOption(integerOption("--from <n>", "number of the first round, to repeat one").default(0))
  .addOption(choiceOption("--only <row>", "run a single row", tests.flatMap(({ rows }) => rows)))
  .action(async (names: readonly string[], { seed, from, count, only }: StressFlags) => {
    const rows: StressRow[] = [];
    for (const test of selectTests(names)) {
      const wanted = only === undefined ? test.rows : test.rows.filter((row) => row === only);
      if (wanted.length === 0) continue;
      const progress = startProgress(test.name, wanted.length * (count ?? test.count), "rounds");
      const options = {
        seed,
        from,
        only: wanted,
        ...(count !== undefined && { count }),
        onProgress: progress.update,
      };
      for await (const row of test.run(options)) {
        rows.push({ ...row, name: `${test.name}: ${row.name}` });
      }
      progress.stop();
    }
    console.log(toTable(rows));
    for (const { name, failures } of rows) {
      failures.forEach((failure) => console.log(`${name}: ${failure}`));
    }
    if (rows.some(({ failures }) => failures.length > 0)) Deno.exitCode = 1;
  });

/** The tests of these names, or all. @throws {UserError} when there is none of a name */
function selectTests(names: readonly string[]): readonly StressTest[] {
  const known = tests.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UserError(
      `Cannot run stress test "${unknown}": no test of that name, ${didYouMean(unknown, known)}`,
    );
  }
  return names.length === 0 ? tests : tests.filter(({ name }) => names.includes(name));
}

function toTable(rows: readonly StressRow[]): string {
  const table = new Table({
    head: ["test", "rounds", "outcome", "time", "memory", "ok"],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, count, outcome, seconds, peakBytes, failures } of rows) {
    const memory = peakBytes === undefined ? "" : `${Math.round(peakBytes / 2 ** 20)} MiB`;
    table.push([
      name,
      count,
      outcome,
      `${seconds.toFixed(1)} s`,
      memory,
      failures.length === 0 ? "yes" : "NO",
    ]);
  }
  return table.toString();
}

addExamples(
  program,
  "deno task stress",
  "deno task stress readers --only zarr --count 1000 --seed 7",
);

await runCommand(program);
