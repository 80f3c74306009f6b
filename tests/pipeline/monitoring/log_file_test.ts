import assert from "node:assert/strict";
import { join } from "node:path";
import { LogFile, truncateLog } from "../../../pipeline/monitoring/log_file.ts";
import type { LogLine } from "../../../pipeline/monitoring/log_schema.ts";
import { LogReader } from "../../../pipeline/monitoring/read_log.ts";
import { SmoothedLoss } from "../../../pipeline/monitoring/smoothed_loss.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";
import { runLine, stepLine } from "./log_lines.ts";

function noWarning(message: string): never {
  assert.fail(message);
}

async function writeLog(path: string, lines: readonly LogLine[]): Promise<void> {
  const file = await LogFile.open(path, noWarning);
  for (const line of lines) file!.add(line);
  await file!.close();
}

const START = runLine();

Deno.test("LogReader reads what was added since, and complete lines only", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "log.jsonl");
    const reader = new LogReader(path);
    assert.deepEqual((await reader.read()).lines, []);
    // More than one chunk, with characters of several bytes.
    const warning = {
      type: "warning",
      stage: "µ",
      seconds: 0,
      message: "ü".repeat(700_000),
    } as const;
    const lines = [START, stepLine(1), warning, stepLine(2)];
    await writeLog(path, lines);
    assert.deepEqual(await reader.read(), { lines, damagedCount: 0, isReplaced: false });
    const [first, rest] = [`{"type": "nothing"}\n{"ty`, `pe"}\n${JSON.stringify(stepLine(3))}\n`];
    await Deno.writeTextFile(path, first, { append: true });
    assert.deepEqual(await reader.read(), { lines: [], damagedCount: 1, isReplaced: false });
    await Deno.writeTextFile(path, rest, { append: true });
    const addition = { lines: [stepLine(3)], damagedCount: 1, isReplaced: false };
    assert.deepEqual(await reader.read(), addition);
    assert.deepEqual((await reader.read()).lines, []);
  }));

Deno.test("truncateLog() leaves the steps of the checkpoint, and readers start again", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "log.jsonl");
    assert.deepEqual(await truncateLog(path, "model", 2), []);
    const other = stepLine(9, { stage: "second" });
    await writeLog(path, [START, stepLine(1), stepLine(2), other, stepLine(3)]);
    const reader = new LogReader(path);
    await reader.read();
    await Deno.writeTextFile(path, `{"type": "step", "st`, { append: true });
    const remaining = [START, stepLine(1), stepLine(2), other];
    assert.deepEqual(await truncateLog(path, "model", 2), remaining);
    await writeLog(path, [stepLine(3)]);
    assert.deepEqual(await reader.read(), {
      lines: [...remaining, stepLine(3)],
      damagedCount: 0,
      isReplaced: true,
    });
  }));

Deno.test("LogReader names a log of a newer version", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "log.jsonl");
    await Deno.writeTextFile(path, `${JSON.stringify(runLine({ version: 2 }))}\n`);
    await assert.rejects(new LogReader(path).read(), {
      name: "DataError",
      message: /version must be <= 1, found 2; update Haloflow/,
    });
  }));

Deno.test("LogFile warns once if it cannot write, and never throws", async () => {
  const warnings: string[] = [];
  const missing = await LogFile.open("no/such/folder/log.jsonl", (text) => warnings.push(text));
  assert.equal(missing, undefined);
  assert.match(warnings[0], /^Cannot write no\/such\/folder.*; the run continues without its log$/);
  const full = await LogFile.open("/dev/full", (text) => warnings.push(text));
  full!.add(START);
  await full!.close();
  assert.match(warnings[1], /^Cannot write the log: .*; the run continues without its log$/);
  assert.equal(warnings.length, 2);
});

Deno.test("SmoothedLoss is the mean of the first losses, then exponential over an epoch", () => {
  const smoothed = new SmoothedLoss();
  assert.equal(smoothed.add(0, 4), 4);
  assert.equal(smoothed.add(0, 2), 3);
  assert.equal(smoothed.add(0, NaN), 3);
  for (let k = 2; k < 40; k++) smoothed.add(0, 3);
  assert.ok(Math.abs(smoothed.add(1, 3) - 3) < 1e-12);
  // 41 steps in the epoch before: a jump of 1 counts 2 / 42.
  assert.ok(Math.abs(smoothed.add(1, 4) - (3 + 2 / 42)) < 1e-12);
});
