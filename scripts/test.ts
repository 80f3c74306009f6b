/**
 * Everything that must hold before a change lands: `deno task test`.
 *
 * Formatting, lint, types, the committed WebAssembly, all tests and documentation examples, the
 * case files on P = 1..4 ranks of every device, and a small run as a user would start it. Each
 * check counts as one test; the last line is `N passed, N failed`.
 *
 * @module
 */

import { join } from "node:path";
import { createDevice } from "../kernels/select_device.ts";
import { makeScratchDirectory } from "./command/scratch_directory.ts";
import { denoCommand } from "./command/task_command.ts";

/** One command that must exit with 0. */
interface Check {
  readonly name: string;
  readonly args: readonly string[];
  /** Where `deno test` writes the results of single tests. */
  readonly report?: string | undefined;
}

/** How many tests ended how. */
interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const scratch = await makeScratchDirectory("check");
try {
  Deno.exitCode = await runChecks(await allChecks());
} finally {
  await Deno.remove(scratch, { recursive: true });
}

async function allChecks(): Promise<readonly Check[]> {
  const names = await Array.fromAsync(Deno.readDir("tests/fixtures/cases"), ({ name }) => name);
  const cases = names.filter((name) => name.endsWith(".safetensors")).sort();
  const devices = await hasAdapter() ? "cpu,webgpu" : "cpu";
  const inScratch = (name: string) => join(scratch, name);
  const task = (...args: readonly string[]) => ["task", "--quiet", ...args];
  const set = (...assignments: readonly string[]) =>
    assignments.flatMap((assignment) => ["--set", assignment]);
  return [
    { name: "format", args: ["fmt", "--check", "--quiet"] },
    { name: "lint", args: ["lint", "--quiet"] },
    { name: "types", args: ["check", "--quiet", "--doc", "."] },
    { name: "WebAssembly is what its sources compile to", args: task("build:kernels", "--check") },
    testCheck("tests", "--doc", "--ignore=tests/kernels/webgpu"),
    // Apart, as a software Vulkan driver may crash when its process ends.
    testCheck("tests of WebGPU", "tests/kernels/webgpu"),
    {
      name: `cases on ${devices}`,
      args: task(
        "verify",
        ...cases.map((name) => join("tests/fixtures/cases", name)),
        "--ranks",
        "1,2,3,4",
        "--device",
        devices,
      ),
    },
    {
      name: "a small run",
      args: task(
        "pipeline",
        "darcy",
        "--device",
        "cpu",
        "--store",
        inScratch("darcy.zarr"),
        "--out",
        inScratch("out"),
        ...set(
          "stages.graphs.with.epochs=1",
          "stages.meshes.with.limit=8",
          "stages.tests.with.limit=2",
        ),
      ),
    },
  ];
}

function testCheck(name: string, ...args: readonly string[]): Check {
  const report = join(scratch, `${name}.xml`);
  return {
    name,
    report,
    args: ["test", "--no-check", "--quiet", "-A", `--junit-path=${report}`, ...args],
  };
}

/** Runs all checks and prints how they went. @returns The exit code. */
async function runChecks(checks: readonly Check[]): Promise<number> {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const check of checks) {
    const start = performance.now();
    const ok = await runCheck(check, counts);
    counts[ok ? "passed" : "failed"]++;
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${ok ? "ok" : "FAILED"}: ${check.name} (${seconds} s)\n`);
  }
  const { passed, failed, skipped } = counts;
  if (skipped > 0) console.log(`${skipped} skipped`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

/** Runs one check and adds the tests it has to `counts`. @returns Whether it ended well. */
async function runCheck({ args, report }: Check, counts: Counts): Promise<boolean> {
  const status = await denoCommand({ args: [...args], stdin: "null" }).spawn().status;
  if (report === undefined) return status.success;
  const { total, failed, skipped } = await countTests(report);
  counts.passed += total - failed - skipped;
  counts.failed += failed;
  counts.skipped += skipped;
  // The report is written after the last test: a process that dies later, in a driver's own
  // clean-up, has passed.
  const diedAfterwards = status.signal !== null && total > 0 && failed === 0;
  if (diedAfterwards) console.log(`All tests passed, then the process ended by ${status.signal}`);
  return total > 0 && (status.success || diedAfterwards);
}

/** The totals of a JUnit report; zeros where there is none. */
async function countTests(
  path: string,
): Promise<{ total: number; failed: number; skipped: number }> {
  const text = await Deno.readTextFile(path).catch(() => "");
  const root = text.match(/<testsuites[^>]*>/)?.[0] ?? "";
  const number = (name: string) => Number(root.match(new RegExp(`${name}="(\\d+)"`))?.[1] ?? 0);
  return {
    total: number("tests"),
    failed: number("failures") + number("errors"),
    skipped: (text.match(/<skipped/g) ?? []).length,
  };
}

/** Whether there is any WebGPU adapter, software ones included. */
async function hasAdapter(): Promise<boolean> {
  try {
    (await createDevice("webgpu")).destroy();
    return true;
  } catch {
    return false;
  }
}
