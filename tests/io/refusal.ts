/** What it takes to refuse a file that is made to take all memory, or to hang. @module */

import assert from "node:assert/strict";
import process from "node:process";

/** Limits of refusing a file: memory and processor time, which other processes do not affect. */
const mostBytes = 2 ** 29;
const mostSeconds = 5;

/** Checks that reading fails with a message, quickly and with little memory. */
export async function assertRefused(read: () => Promise<unknown>, message: RegExp): Promise<void> {
  const { rss } = Deno.memoryUsage();
  const start = process.cpuUsage();
  await assert.rejects(read, { name: "DataError", message });
  const { user, system } = process.cpuUsage(start);
  assert.ok((user + system) / 1e6 < mostSeconds, "it takes too long");
  assert.ok(Deno.memoryUsage().rss - rss < mostBytes, "it takes too much memory");
}

/** Creates a sparse file, of a size without data. */
export async function makeSparse(path: string, size: number): Promise<void> {
  await Deno.writeFile(path, new Uint8Array());
  await Deno.truncate(path, size);
}

/** Lists in lists, a million levels deep. */
export const nested = "[".repeat(1e6) + "]".repeat(1e6);

/** 64 MiB that compress well. */
export const zeros = new Uint8Array(2 ** 26);
