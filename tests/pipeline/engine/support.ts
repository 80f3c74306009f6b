import assert from "node:assert/strict";
import type { StageSpec } from "../../../pipeline/engine/definition/spec.ts";
import type { RunEvent, RunReport } from "../../../pipeline/engine/workers/run_report.ts";
import { runStages, type RunStagesOptions } from "../../../pipeline/engine/workers/run_stages.ts";

/** The fixture stages by name. */
export const registry: Readonly<Record<string, string>> = Object.fromEntries(
  ["count", "add", "collect", "join", "deal", "ring", "misbehave"].map((name) =>
    [name, import.meta.resolve(`./stages/${name}.ts`)] as const
  ),
);

/** Results of a run. */
export interface Outcome {
  readonly report: RunReport | undefined;
  readonly error: Error | undefined;
  readonly events: readonly RunEvent[];
  /** Files of the `collect` stages, by `name-rank`. */
  readonly collected: Readonly<
    Record<string, { readonly collected: number[]; readonly end: string }>
  >;
}

/** Runs stages in a temporary directory, with a time limit, and collects the results. */
export async function attemptStages(
  stages: Readonly<Record<string, StageSpec>>,
  options: Partial<RunStagesOptions> = {},
): Promise<Outcome> {
  const directory = await Deno.makeTempDir({ prefix: "haloflow-engine-" });
  const events: RunEvent[] = [];
  try {
    let report: RunReport | undefined;
    let error: Error | undefined;
    try {
      report = await withTimeLimit(runStages({ name: "test", stages }, {
        registry,
        directory,
        onEvent: (event) => events.push(event),
        ...options,
      }));
    } catch (thrown) {
      assert.ok(thrown instanceof Error);
      error = thrown;
    }
    return { report, error, events, collected: await readCollected(directory) };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Runs stages that must succeed. */
export async function runToEnd(
  ...args: Parameters<typeof attemptStages>
): Promise<Outcome & { report: RunReport }> {
  const outcome = await attemptStages(...args);
  if (outcome.error) throw outcome.error;
  assert.ok(outcome.report);
  return { ...outcome, report: outcome.report };
}

export function range(count: number, start = 0, step = 1): number[] {
  return Array.from({ length: count }, (_, i) => start + i * step);
}

async function readCollected(directory: string): Promise<Outcome["collected"]> {
  const collected: [string, Outcome["collected"][string]][] = [];
  for await (const { name } of Deno.readDir(directory)) {
    collected.push([
      name.replace(".json", ""),
      JSON.parse(await Deno.readTextFile(`${directory}/${name}`)),
    ]);
  }
  return Object.fromEntries(collected);
}

/** Rejects if the promise hangs, so that the test that hangs is the one that fails. */
export async function withTimeLimit<T>(promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the run did not end within 60 s")), 60_000);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
