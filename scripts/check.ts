/**
 * Everything that must hold before a change lands: `deno task test`.
 *
 * Formatting, lint, types, the committed WebAssembly, all tests and documentation examples, the case files on P = 1..4
 * ranks of every device, and a small run as a user would start it. Each check counts as one test; the last line is
 * `N passed, N failed`.
 *
 * @module
 */

import { join } from "node:path";
import { createDevice } from "../kernels/select_device.ts";

/** One command that must exit with 0. */
interface Check {
  readonly name: string;
  readonly args: readonly string[];
}

// `deno test` takes a file of this name for tests and imports it: it must not run them again.
if (import.meta.main) Deno.exitCode = await runChecks();

/** Runs all checks and prints how they went. @returns The exit code */
async function runChecks(): Promise<number> {
  const scratch = await Deno.makeTempDir({ prefix: "haloflow-test-" });
  const report = join(scratch, "tests.xml");
  const cases = (await Array.fromAsync(Deno.readDir("tests/fixtures/cases")))
    .map(({ name }) => join("tests/fixtures/cases", name)).filter((name) => name.endsWith(".safetensors"))
    .sort();
  const devices = await hasAdapter() ? "cpu,webgpu" : "cpu";

  const checks: readonly Check[] = [
    { name: "format", args: ["fmt", "--check", "--quiet"] },
    { name: "lint", args: ["lint", "--quiet"] },
    { name: "types", args: ["check", "--quiet", "--doc", "."] },
    { name: "WebAssembly is up to date", args: ["task", "--quiet", "build:kernels", "--check"] },
    {
      name: "tests",
      args: ["test", "--no-check", "--quiet", "--doc", "-A", `--junit-path=${report}`, "--permit-no-files"],
    },
    {
      name: `verify on ${devices}`,
      args: ["task", "--quiet", "verify", ...cases, "--ranks", "1,2,3,4", "--device", devices],
    },
    {
      name: "a small run",
      args: [
        ...[
          "task",
          "--quiet",
          "pipeline",
          "darcy",
          "--store",
          join(scratch, "darcy.zarr"),
          "--out",
          join(scratch, "out"),
        ],
        ...["--set", "stages.graphs.with.epochs=1", "--set", "stages.meshes.with.limit=8"],
        ...["--set", "stages.tests.with.limit=2", "--device", "cpu"],
      ],
    },
  ];

  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const check of checks) {
    const start = performance.now();
    const { success } = await new Deno.Command(Deno.execPath(), { args: [...check.args], stdin: "null" })
      .spawn().status;
    counts[success ? "passed" : "failed"]++;
    console.log(
      `${success ? "ok" : "FAILED"}: ${check.name} (${((performance.now() - start) / 1000).toFixed(1)} s)\n`,
    );
  }
  const tests = await countTests(report);
  if (tests.total === 0) counts.failed++;
  counts.passed += tests.total - tests.failed - tests.skipped;
  counts.failed += tests.failed;
  counts.skipped += tests.skipped;
  await Deno.remove(scratch, { recursive: true });
  console.log(
    `${counts.passed} passed, ${counts.failed} failed${
      counts.skipped > 0 ? `, ${counts.skipped} skipped` : ""
    }`,
  );
  return counts.failed > 0 ? 1 : 0;
}

/** The totals of a JUnit report; zeros where there is none. */
async function countTests(path: string): Promise<{ total: number; failed: number; skipped: number }> {
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
