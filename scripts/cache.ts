/**
 * Lists and clears the results that runs have cached: `deno task cache list`.
 *
 * @module
 */

import { Command, Option } from "commander";
import { UserError } from "../errors.ts";
import { CACHE_DIRECTORY, StageCache } from "../pipeline/run/cache/stage_cache.ts";
import { formatBytes } from "../format.ts";
import { textTable } from "../pipeline/reporting/tables/text_table.ts";
import { ageText } from "./command/age_text.ts";
import { addExamples, runCommand } from "./command/command_line.ts";
import { forgetFits } from "./train/remembered_fit.ts";

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** The command. */
export const program = new Command("deno task cache").description(
  `List and clear the results of stages that runs have cached in ${CACHE_DIRECTORY} for later ` +
    "runs. Above 4 GiB, the least recently used are removed.",
);

const list = program.command("list")
  .description("List the cached results, the most recently used first.")
  .action(async () => {
    const entries = await openCache().list();
    if (entries.length === 0) return console.log(`No cached results in ${CACHE_DIRECTORY}`);
    const rows = entries.map((
      { record: { pipeline, stage, run, key }, byteLength, savedAt, usedAt },
    ) => [
      pipeline,
      run === stage ? stage : `${stage} (${run})`,
      formatBytes(byteLength),
      ageText(savedAt),
      ageText(usedAt),
      key.slice(0, 12),
    ]);
    console.log(
      textTable("pipeline", ["stage", "size", "created", "used", "entry"], rows).join("\n"),
    );
    console.log(
      sumText("", entries.length, entries.reduce((sum, { byteLength }) => sum + byteLength, 0)),
    );
  });

const clear = program.command("clear")
  .description(
    "Remove the cached results that no run is using, and the epochs that were fitted to minutes.",
  )
  .addOption(
    new Option("--older-than <age>", "only results unused for this time, such as 7d, 12h or 30m")
      .argParser(
        parseAge,
      ),
  )
  .action(async ({ olderThan }: { readonly olderThan?: number | undefined }) => {
    const { count, byteLength } = await openCache().clear(olderThan);
    if (olderThan === undefined) await forgetFits();
    console.log(sumText("Removed ", count, byteLength));
  });

addExamples(program, "deno task cache list", "deno task cache clear --older-than 7d");
addExamples(list, "deno task cache list");
addExamples(clear, "deno task cache clear", "deno task cache clear --older-than 7d");

function openCache(): StageCache {
  return new StageCache(CACHE_DIRECTORY, (message) => console.error(`warning: ${message}`));
}

/** The age in seconds. */
function parseAge(text: string): number {
  const [, number, unit] = text.match(/^(\d+(?:\.\d+)?)([smhd])$/) ?? [];
  if (unit !== undefined) return Number(number) * UNIT_SECONDS[unit];
  throw new UserError(
    `Cannot read --older-than: it must be an age such as 7d, 12h or 30m, received "${text}"`,
  );
}

function sumText(action: string, count: number, byteLength: number): string {
  return `${action}${count} ${count === 1 ? "entry" : "entries"}, ${formatBytes(byteLength)}`;
}

if (import.meta.main) await runCommand(program);
