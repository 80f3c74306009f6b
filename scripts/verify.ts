/**
 * Computes case files on P ranks and compares the results with the expected ones:
 * `deno task verify CASE...`.
 *
 * @module
 */

import Table from "cli-table3";
import { Command, Option } from "commander";
import { basename, join, resolve } from "node:path";
import { UserError } from "../errors.ts";
import type { DeviceChoice } from "../kernels/select_device.ts";
import { runStages } from "../pipeline/engine/workers/run_stages.ts";
import { definePipeline } from "../pipeline/stages/built_in_pipeline.ts";
import { type CaseResult, RESULT_FILE } from "../pipeline/stages/check_case.ts";
import type { CaseErrors } from "../pipeline/training/case_errors.ts";
import { STAGES } from "../pipeline/stages/registry.ts";
import {
  addExamples,
  inputArgument,
  interruptSignal,
  outputOption,
  runCommand,
} from "./command/command_line.ts";
import { printResult } from "./command/result_output.ts";
import { makeScratchDirectory } from "./command/scratch_directory.ts";

interface VerifyFlags {
  readonly ranks: readonly number[];
  readonly device: readonly DeviceChoice[];
  readonly json: boolean;
  readonly out?: string | undefined;
}

/** A row of the result: one case on P ranks of one device. */
interface VerifyRow extends Omit<CaseResult, "errors"> {
  readonly case: string;
  readonly device: string;
  readonly errors: CaseErrors | null;
}

const DEVICES: readonly DeviceChoice[] = ["auto", "cpu", "webgpu"];

/** The command. */
export const program = new Command("deno task verify")
  .description(
    "Compute case files on P ranks, in workers as in a real run, and compare the results with " +
      "the expected ones.",
  )
  .addArgument(inputArgument("<case...>", "case files (.safetensors, format dsmpnn-case/1)"))
  .addOption(
    new Option("--ranks <list>", "numbers of ranks, separated by commas").argParser(parseRanks)
      .default(
        [1, 2, 3, 4],
        "1,2,3,4",
      ),
  )
  .addOption(
    new Option("--device <list>", "devices, separated by commas").argParser(parseDevices).default(
      ["cpu"],
      "cpu",
    ),
  )
  .option("--json", "print one JSON row per case, number of ranks and device", false)
  .addOption(
    outputOption(
      "--out <directory>",
      "write the results to NAME.P.DEVICE.safetensors in this directory",
      "directory",
    ),
  )
  .action(async (files: readonly string[], { ranks, device: devices, json, out }: VerifyFlags) => {
    if (out !== undefined) {
      checkDistinctNames(files);
      await Deno.mkdir(out, { recursive: true });
    }
    const rows: VerifyRow[] = [];
    for (const file of files) {
      for (const device of devices) {
        for (const count of ranks) {
          const row = await verify(file, count, device, out);
          rows.push(row);
          if (json) printResult("result", JSON.stringify(row));
        }
      }
    }
    if (!json) console.log(table(rows));
    const failed = rows.filter(({ ok }) => !ok).length;
    if (failed > 0) Deno.exitCode = 1;
    if (!json) {
      console.log(
        failed === 0
          ? `All ${rows.length} results are within the tolerances`
          : `${failed} of ${rows.length} results exceed the tolerances`,
      );
    }
  });

addExamples(
  program,
  "deno task verify tests/fixtures/cases/*.safetensors --ranks 1,2,3,4 --device cpu,webgpu",
  "deno task verify my_case.safetensors --ranks 2 --out computed --json",
);

async function verify(
  file: string,
  ranks: number,
  device: DeviceChoice,
  out: string | undefined,
): Promise<VerifyRow> {
  const name = basename(file, ".safetensors");
  const target = out === undefined
    ? undefined
    : resolve(out, `${name}.${ranks}.${device}.safetensors`);
  const directory = await makeScratchDirectory("verify");
  try {
    const pipeline = definePipeline({
      name: "verify",
      stages: {
        graph: { run: "read_case", with: { file, parts: ranks } },
        ranks: { run: "compute_case", from: "graph", ranks, with: { file, device } },
        result: {
          run: "check_case",
          from: "ranks",
          with: { file, out: target },
        },
      },
    });
    await runStages(pipeline, { registry: STAGES, directory, signal: interruptSignal });
    const result: CaseResult = JSON.parse(await Deno.readTextFile(join(directory, RESULT_FILE)));
    return { case: name, device, ...result, errors: result.errors ?? null };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function table(rows: readonly VerifyRow[]): string {
  const head = ["case", "device", "P", "nodes", "edges", "ghosts", "halo bytes"];
  const errors = ["prediction", "loss", "gradient", "losses", "after"] as const;
  const text = new Table({
    head: [...head, ...errors, "ok"],
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) {
    const figures = errors.map((name) =>
      row.errors === null ? "-" : row.errors[name].toExponential(1)
    );
    const { ranks, nodes, edges, ghosts, haloBytes } = row;
    text.push([
      row.case,
      row.device,
      ranks,
      nodes,
      edges,
      ghosts,
      haloBytes,
      ...figures,
      row.ok ? "yes" : "NO",
    ]);
  }
  return text.toString();
}

function checkDistinctNames(files: readonly string[]): void {
  const names = files.map((file) => basename(file));
  const twice = names.find((name, k) => names.indexOf(name) !== k);
  if (twice === undefined) return;
  throw new UserError(
    `Cannot write with --out: the cases must have different names, received "${twice}" twice`,
  );
}

function parseRanks(text: string): readonly number[] {
  const ranks = text.split(",").map(Number);
  if (ranks.every((count) => Number.isInteger(count) && count >= 1 && count <= 64)) return ranks;
  throw new UserError(
    `Cannot read --ranks: it must be integers of 1 to 64 separated by commas, received "${text}"`,
  );
}

function parseDevices(text: string): readonly DeviceChoice[] {
  return text.split(",").map((name) => {
    const device = DEVICES.find((known) => known === name);
    if (device !== undefined) return device;
    throw new UserError(
      `Cannot read --device: devices must be ${DEVICES.join(" or ")}, received "${name}"`,
    );
  });
}

if (import.meta.main) await runCommand(program);
