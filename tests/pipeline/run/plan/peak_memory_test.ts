import assert from "node:assert/strict";

const MEBIBYTE = 2 ** 20;

/** Prints the peak of a process that has held so many bytes for a moment. */
const SCRIPT = `
  const { PeakMemory } = await import(${
  JSON.stringify(import.meta.resolve("../../../../pipeline/run/plan/peak_memory.ts"))
});
  const memory = new PeakMemory();
  let held = new Uint8Array(${200 * MEBIBYTE}).fill(1);
  memory.sample();
  console.log(held.length, memory.bytes);
`;

Deno.test("PeakMemory is that of its process, not of a larger one that started it", async () => {
  const held = new Uint8Array(700 * MEBIBYTE).fill(1);
  const command = new Deno.Command(Deno.execPath(), { args: ["eval", SCRIPT], stdout: "piped" });
  const [, bytes] = new TextDecoder().decode((await command.output()).stdout).trim().split(" ").map(
    Number,
  );
  assert.equal(held[held.length - 1], 1);
  assert(bytes > 220 * MEBIBYTE && bytes < 600 * MEBIBYTE, `${bytes / MEBIBYTE} MiB`);
});
