/**
 * Everything that must hold before a change lands: `deno task test`.
 *
 * Formatting, lint, types, the committed WebAssembly, all tests and documentation examples, the
 * case files on three ranks, and a small run as a user would start it. Each
 * check counts as one test; the last line is `N passed, N failed`.
 *
 * @module
 */

import { Command } from "commander";
import { join } from "node:path";
import { interruptSignal, runCommand } from "./command/command_line.ts";
import { makeScratchDirectory } from "./command/scratch_directory.ts";
import { denoCommand } from "./command/task_command.ts";

/** One command that must exit with 0. */
interface Check {
  readonly name: string;
  readonly args: readonly string[];
  /** JUnit report of `deno test`. */
  readonly report?: string | undefined;
}

/** Results of all checks. */
interface Results {
  passed: number;
  failed: number;
  readonly skipped: string[];
}

/** Tests of timing: they mostly wait, and run beside each other only. */
const ENGINE_TESTS = ["tests/pipeline/engine"];
const STOP_TESTS = ["tests/pipeline/run/resume/retries_test.ts", "tests/scripts/interrupt_test.ts"];
const TIMED_TESTS = [...ENGINE_TESTS, ...STOP_TESTS];

/** Tests that start pipelines, processes and commands, each file in a thread of its own. */
const COMMAND_TESTS = ["tests/pipeline/experiments", "tests/scripts"];
const RUN_TESTS = ["tests/pipeline/presets", "tests/pipeline/run", "tests/stress"];

/** These tests measure the memory of their process. */
const MEMORY_TESTS = ["tests/io"];

/** A software Vulkan driver may crash when its process ends, so it has one of its own. */
const WEBGPU_TESTS = ["tests/kernels/webgpu"];

/** The command. */
export const program = new Command("deno task test")
  .description(
    "Check formatting, lint and types; run all tests, documentation examples, case files and a " +
      "small run.",
  )
  .action(async () => {
    const scratch = await makeScratchDirectory("test");
    try {
      Deno.exitCode = await runAll(scratch);
    } finally {
      await Deno.remove(scratch, { recursive: true });
    }
  });

/** Number of checks that run at a time: two often wait for processes, workers and timers. */
const RUNNERS = 3;

/**
 * Runs all checks and prints their results. Several run at a time, the longest first, since one
 * alone does not use two cores; the tests of timing follow on their own.
 *
 * @returns The exit code
 */
async function runAll(scratch: string): Promise<number> {
  const results: Results = { passed: 0, failed: 0, skipped: [] };
  const others = [...TIMED_TESTS, ...COMMAND_TESTS, ...RUN_TESTS, ...MEMORY_TESTS, ...WEBGPU_TESTS];
  const exceptTimed = `--ignore=${TIMED_TESTS.join()}`;
  const queue: Check[] = [
    { name: "format", args: ["fmt", "--check", "--quiet"] },
    { name: "lint", args: ["lint", "--quiet"] },
    { name: "types", args: ["check", "--quiet", "--doc", "."] },
    denoTest(scratch, "tests of commands", exceptTimed, ...COMMAND_TESTS),
    roomTests(scratch, "tests of single rooms", ["tests"], others),
    denoTest(scratch, "tests of runs", exceptTimed, ...RUN_TESTS),
    { name: "cases on three ranks", args: task("verify", ...await caseArgs()) },
    roomTests(scratch, "tests of io", MEMORY_TESTS),
    roomTests(scratch, "tests of WebGPU", WEBGPU_TESTS),
    denoTest(scratch, "documentation examples", "--doc", "--ignore=tests"),
    { name: "a small run", args: task("pipeline", ...smallRunArgs(scratch)) },
    {
      name: "WebAssembly is what its sources compile to",
      args: task("build:kernels", "--check"),
    },
  ];
  const timed = [
    denoTest(scratch, "tests of the engine", ...ENGINE_TESTS),
    denoTest(scratch, "tests of retries and interrupts", ...STOP_TESTS),
  ];
  for (const checks of [queue, timed]) {
    await Promise.all(Array.from({ length: RUNNERS }, () => runChecks(checks, results)));
  }
  const { passed, skipped } = results;
  for (const name of skipped) console.log(`skipped: ${name}`);
  // A machine of continuous integration has everything installed.
  const failed = results.failed + (Deno.env.get("CI") === "true" ? skipped.length : 0);
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

function task(...args: readonly string[]): readonly string[] {
  return ["task", "--quiet", ...args];
}

/** The tests in folders, except for others, as one module. */
function roomTests(
  scratch: string,
  name: string,
  paths: readonly string[],
  except: readonly string[] = [],
): Check {
  const { args, ...check } = denoTest(scratch, name, "tests/support/test_files.ts");
  return { ...check, args: [...args, "--", ...except.map((path) => `--except=${path}`), ...paths] };
}

function denoTest(scratch: string, name: string, ...args: readonly string[]): Check {
  const report = join(scratch, `${name}.xml`);
  return {
    name,
    report,
    args: ["test", "--no-check", "--quiet", "-A", `--junit-path=${report}`, ...args],
  };
}

/** All case files on three workers; tests/consistency has 1 to 8 ranks and WebGPU in memory. */
async function caseArgs(): Promise<readonly string[]> {
  const directory = "tests/fixtures/cases";
  const names = await Array.fromAsync(Deno.readDir(directory), ({ name }) => name);
  const files = names.filter((name) => name.endsWith(".safetensors")).sort();
  return [
    ...files.map((name) => join(directory, name)),
    "--ranks=3",
    "--device=cpu",
  ];
}

/** The Darcy preset with a data set of its own and one epoch. */
function smallRunArgs(scratch: string): readonly string[] {
  const settings = [
    "stages.graphs.with.epochs=1",
    "stages.meshes.with.limit=8",
    "stages.tests.with.limit=2",
  ];
  return [
    "darcy",
    "--device=cpu",
    `--store=${join(scratch, "darcy.zarr")}`,
    `--out=${join(scratch, "out")}`,
    ...settings.map((setting) => `--set=${setting}`),
  ];
}

/** Runs the checks of a queue one after another; several callers may share it. */
async function runChecks(queue: Check[], results: Results): Promise<void> {
  for (let check = queue.shift(); check !== undefined; check = queue.shift()) {
    const start = performance.now();
    const ok = await runCheck(check, results);
    results[ok ? "passed" : "failed"]++;
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${ok ? "ok" : "FAILED"}: ${check.name} (${seconds} s)\n`);
  }
}

/**
 * Runs a check, prints its output once it has ended, and adds its tests.
 *
 * @returns Whether it passed
 */
async function runCheck({ args, report }: Check, results: Results): Promise<boolean> {
  const { success, signal, stdout, stderr } = await denoCommand({
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: interruptSignal,
  }).output();
  interruptSignal.throwIfAborted();
  for (const bytes of [stdout, stderr]) writeAll(bytes);
  if (report === undefined) return success;
  const { total, failed, skipped } = await readReport(report);
  results.passed += total - failed - skipped.length;
  results.failed += failed;
  results.skipped.push(...skipped);
  // The report is written after the last test, so a process that a driver's clean-up ends later
  // has passed.
  const hasEndedLater = signal !== null && total > 0 && failed === 0;
  if (hasEndedLater) console.log(`All tests passed, then ${signal} ended the process`);
  return total > 0 && (success || hasEndedLater);
}

/** Totals and names of skipped tests of a JUnit report; zeros if there is none. */
async function readReport(
  path: string,
): Promise<{ total: number; failed: number; skipped: readonly string[] }> {
  const text = await Deno.readTextFile(path).catch(() => "");
  const root = text.match(/<testsuites[^>]*>/)?.[0] ?? "";
  const number = (name: string) => Number(root.match(new RegExp(`${name}="(\\d+)"`))?.[1] ?? 0);
  const cases = text.matchAll(/<testcase name="([^"]*)"[^>]*>\s*<skipped/g);
  return {
    total: number("tests"),
    failed: number("failures") + number("errors"),
    skipped: Array.from(cases, ([, name]) => name.replaceAll("&quot;", '"')),
  };
}

function writeAll(bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) {
    written += Deno.stdout.writeSync(bytes.subarray(written));
  }
}

if (import.meta.main) await runCommand(program);
