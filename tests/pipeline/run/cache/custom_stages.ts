/** A pipeline of custom stages, whose modules are in a directory and can be changed. @module */

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { PipelineSpec } from "../../../../pipeline/engine/definition/spec.ts";

const root = (path: string) => JSON.stringify(import.meta.resolve(`../../../../${path}`));

const IMPORTS = `
import { z } from "zod";
import { createRecordBatch } from ${root("io/record_batch.ts")};
import { defineStage } from ${root("pipeline/engine/definition/stage.ts")};
const NUMBERS = { name: "numbers", columns: { n: "float64" } };
`;

/** The modules by name: `numbers` -> `scaled` -> `sum`, and `witness`, which declares nothing. */
export const MODULES: Readonly<Record<string, string>> = {
  "numbers.ts": `${IMPORTS}
export default defineStage({
  name: "numbers", description: "Yields the numbers of a file.",
  options: z.strictObject({ file: z.string() }),
  inputs: [], output: NUMBERS, repeats: { reads: ["file"] },
  async *run({ options, directory }) {
    for (const text of (await Deno.readTextFile(options.file)).split(" ")) {
      yield createRecordBatch(NUMBERS, [{ n: Number(text) }], { text });
    }
  },
});`,
  "factor.ts": "export const FACTOR = 2;\n",
  "scaled.ts": `${IMPORTS}
import { FACTOR } from "./factor.ts";
export default defineStage({
  name: "scaled", description: "Multiplies.",
  options: z.strictObject({ by: z.number().default(1), ruin: z.string().default("") }),
  inputs: [NUMBERS], output: NUMBERS, repeats: { keeps: true },
  async *run({ inputs: [numbers], options: { by, ruin } }) {
    for await (const batch of numbers) {
      yield createRecordBatch(NUMBERS, [{ n: FACTOR * by * batch.value("n", 0) }]);
    }
    if (ruin !== "") await Deno.writeTextFile(ruin, "7 7");
  },
});`,
  "sum.ts": `${IMPORTS}
export default defineStage({
  name: "sum", description: "Writes the sum.",
  options: z.strictObject({ digits: z.int().default(3), fail: z.boolean().default(false) }),
  inputs: [NUMBERS], repeats: { writes: () => ["sum.txt", "parts"] },
  async run({ inputs: [numbers], options: { digits, fail }, directory }) {
    let sum = 0, count = 0;
    await Deno.mkdir(directory + "/parts/inner", { recursive: true });
    for await (const batch of numbers) {
      sum += batch.value("n", 0);
      await Deno.writeTextFile(directory + "/parts/inner/" + count++, String(sum));
    }
    if (fail) throw new Error("failure of the test");
    await Deno.writeTextFile(directory + "/sum.txt", sum.toFixed(digits));
  },
});`,
  "witness.ts": `${IMPORTS}
export default defineStage({
  name: "witness", description: "Writes the numbers that it reads.",
  options: z.strictObject({}), inputs: [NUMBERS],
  async run({ inputs: [numbers], directory }) {
    const seen = [];
    for await (const batch of numbers) seen.push(batch.value("n", 0));
    await Deno.writeTextFile(directory + "/seen.txt", seen.join(" "));
  },
});`,
};

/** Writes the modules and the file of numbers. @returns The base of relative paths */
export async function writeStages(directory: string, numbers = "1 2 3"): Promise<URL> {
  for (const [name, text] of Object.entries(MODULES)) {
    await Deno.writeTextFile(join(directory, name), text);
  }
  await Deno.writeTextFile(join(directory, "numbers.txt"), numbers);
  return pathToFileURL(`${directory}/`);
}

/** The pipeline in a directory with such modules. */
export function customPipeline(directory: string, { witness = false } = {}): PipelineSpec {
  const stages = {
    numbers: { run: "./numbers.ts", with: { file: join(directory, "numbers.txt") } },
    scaled: { run: "./scaled.ts", from: "numbers" },
    sum: { run: "./sum.ts", from: "scaled" },
  };
  const observer = { witness: { run: "./witness.ts", from: "scaled" } };
  return { name: "own", stages: witness ? { ...stages, ...observer } : stages };
}
