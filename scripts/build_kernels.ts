/**
 * Compiles the WebAssembly kernels of the CPU device into `kernels/cpu/kernels.wasm`.
 *
 *     deno task build:kernels            writes the committed file
 *     deno task build:kernels --check    compiles to a temporary file and fails when the committed one differs
 *
 * The compiler runs as its own process, so that no import of the project pulls it in.
 *
 * @module
 */

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

const root = new URL("..", import.meta.url);
const committed = new URL("kernels/cpu/kernels.wasm", root);

async function compile(output: string): Promise<void> {
  const { code } = await denoCommand({
    args: [
      "run",
      "--no-config",
      "-A",
      COMPILER,
      "kernels/cpu/kernels.wasm.ts",
      ...OPTIONS,
      "--outFile",
      output,
    ],
    cwd: root,
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  if (code !== 0) Deno.exit(code);
}

async function check(): Promise<void> {
  const directory = await makeScratchDirectory("kernels");
  try {
    const output = `${directory}/kernels.wasm`;
    await compile(output);
    const built = await Deno.readFile(output);
    const present = await Deno.readFile(committed);
    if (built.length === present.length && built.every((byte, k) => byte === present[k])) {
      console.log("kernels/cpu/kernels.wasm is what its sources compile to");
      return;
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
  console.error(
    "kernels/cpu/kernels.wasm differs from its sources; run `deno task build:kernels` and " +
      "commit it",
  );
  Deno.exit(1);
}

if (Deno.args.includes("--check")) await check();
else {
  await compile(committed.pathname);
  console.log(`kernels/cpu/kernels.wasm: ${(await Deno.stat(committed)).size} bytes`);
}
