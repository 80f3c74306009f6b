/**
 * Compiles the WebAssembly kernels of the CPU device into `kernels/cpu/kernels.wasm`:
 * `deno task build:kernels`. The compiler runs in a process, so that no import of the project pulls
 * it in.
 *
 * @module
 */

import { Command } from "commander";
import { join } from "node:path";
import { DataError } from "../errors.ts";
import { addExamples, runCommand } from "./command/command_line.ts";
import { makeScratchDirectory } from "./command/scratch_directory.ts";
import { denoCommand } from "./command/task_command.ts";

const COMPILER = "npm:assemblyscript@0.28.20/asc";
const OPTIONS = [
  "-O3",
  "--noAssert",
  "--runtime",
  "stub",
  "--use",
  "abort=",
  "--enable",
  "simd",
  "--enable",
  "relaxed-simd",
];

const SOURCE = "kernels/cpu/kernels.wasm.ts";
const COMMITTED = "kernels/cpu/kernels.wasm";

/** The command. */
export const program = new Command("deno task build:kernels")
  .description(`Compile the WebAssembly kernels to ${COMMITTED}.`)
  .option("--check", "write nothing; fail if the committed file differs", false)
  .action(async ({ check }: { readonly check: boolean }) => {
    if (check) return await checkCommitted();
    await compile(COMMITTED);
    console.log(`${COMMITTED}: ${(await Deno.stat(COMMITTED)).size} bytes`);
  });

addExamples(program, "deno task build:kernels", "deno task build:kernels --check");

async function compile(output: string): Promise<void> {
  const { success } = await denoCommand({
    args: ["run", "--no-config", "-A", COMPILER, SOURCE, ...OPTIONS, "--outFile", output],
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  if (!success) throw new DataError(`Cannot compile "${SOURCE}": see the messages above`);
}

async function checkCommitted(): Promise<void> {
  const directory = await makeScratchDirectory("kernels");
  try {
    const output = join(directory, "kernels.wasm");
    await compile(output);
    const built = await Deno.readFile(output);
    const committed = await Deno.readFile(COMMITTED);
    if (built.length !== committed.length || built.some((byte, k) => byte !== committed[k])) {
      throw new DataError(
        `Cannot accept "${COMMITTED}": it must be what its sources compile to, and differs; run ` +
          "deno task build:kernels and commit it",
      );
    }
    console.log(`${COMMITTED} is what its sources compile to`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

if (import.meta.main) await runCommand(program);
