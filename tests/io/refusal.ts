/** Checks that files which try to exhaust memory or to hang are refused. @module */

import assert from "node:assert/strict";
import process from "node:process";

/** Limits of refusing a file: memory and processor time, which other processes do not affect. */
const MAX_BYTES = 2 ** 29;
const MAX_SECONDS = 5;

/** Checks that reading fails with a message, quickly and with little memory. */
export async function assertRefused(read: () => Promise<unknown>, message: RegExp): Promise<void> {
  const { rss } = Deno.memoryUsage();
  const start = process.cpuUsage();
  await assert.rejects(read, { name: "DataError", message });
  const { user, system } = process.cpuUsage(start);
  assert.ok((user + system) / 1e6 < MAX_SECONDS, "it takes too long");
  assert.ok(Deno.memoryUsage().rss - rss < MAX_BYTES, "it takes too much memory");
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
