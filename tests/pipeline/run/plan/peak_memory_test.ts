import assert from "node:assert/strict";

const MEBIBYTE = 2 ** 20;

const MODULE = import.meta.resolve("../../../../pipeline/run/plan/peak_memory.ts");

/** Prints the peak of a process that has allocated 100 MiB for a moment. */
const SCRIPT = `
  const { PeakMemory } = await import(${JSON.stringify(MODULE)});
  const memory = new PeakMemory();
  let held = new Uint8Array(${100 * MEBIBYTE}).fill(1);
  memory.sample();
  console.log(held.length, memory.bytes);
`;

Deno.test("PeakMemory reports its own process, not a larger parent", async () => {
  const held = new Uint8Array(500 * MEBIBYTE).fill(1);
  const command = new Deno.Command(Deno.execPath(), { args: ["eval", SCRIPT], stdout: "piped" });
  const [, bytes] = new TextDecoder().decode((await command.output()).stdout).trim().split(" ").map(
    Number,
  );
  assert.equal(held[held.length - 1], 1);
  assert(bytes > 120 * MEBIBYTE && bytes < 450 * MEBIBYTE, `${bytes / MEBIBYTE} MiB`);
});
