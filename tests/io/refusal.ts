/** What it takes to refuse a file that is made to take all memory, or to hang. @module */

import assert from "node:assert/strict";
import process from "node:process";

/** What refusing a file may take, of memory and of the processor: others may have it meanwhile. */
const mostBytes = 2 ** 29;
const mostSeconds = 5;

/** Checks that reading fails as it should, at once and with little memory. */
export async function assertRefused(read: () => Promise<unknown>, message: RegExp): Promise<void> {
  const { rss } = Deno.memoryUsage();
  const start = process.cpuUsage();
  await assert.rejects(read, { name: "DataError", message });
  const { user, system } = process.cpuUsage(start);
  assert.ok((user + system) / 1e6 < mostSeconds, "it takes too long");
  assert.ok(Deno.memoryUsage().rss - rss < mostBytes, "it takes too much memory");
}

/** Makes a hole of a file: a size without any data. */
export async function makeSparse(path: string, size: number): Promise<void> {
  await Deno.writeFile(path, new Uint8Array());
  await Deno.truncate(path, size);
}

/** Lists in lists, a million levels deep. */
export const nested = "[".repeat(1e6) + "]".repeat(1e6);

/** 64 MiB that are small when they are compressed. */
export const zeros = new Uint8Array(2 ** 26);
