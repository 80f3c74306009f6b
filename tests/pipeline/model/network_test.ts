import { createCpuDevice } from "../../../kernels/cpu/cpu_device.ts";
import type { Device } from "../../../kernels/device.ts";
import { ReferenceDevice } from "../../../kernels/reference_device.ts";
import { ParameterLayout } from "../../../pipeline/model/parameters.ts";
import { readCaseFile } from "../../../pipeline/training/case_file.ts";
import { CASE_NAMES, casePath } from "../../support/case_files.ts";
import { assertExact } from "../../support/exactness.ts";
import { computeAlone, expectationOf, sampleOfCase } from "../../support/sample.ts";

async function checkCases(
  device: Device,
  t: Deno.TestContext,
  names: readonly string[] = CASE_NAMES,
): Promise<void> {
  for (const name of names) {
    await t.step(name, async () => {
      const file = await readCaseFile(casePath(name));
      const computed = await computeAlone(device, sampleOfCase(file));
      assertExact(
        computed,
        expectationOf(file),
        new ParameterLayout(file.config),
        file.adam.learningRate,
      );
    });
  }
}

Deno.test("every case reproduces its numbers on the reference device", (t) =>
  checkCases(new ReferenceDevice(), t));

// The largest case has no kind of edges that the others lack, and takes longer than all of them.
Deno.test("cases reproduce their numbers on the reference device in blocks of 7 edges", (t) =>
  checkCases(new ReferenceDevice(7), t, CASE_NAMES.filter((name) => name !== "paper")));

Deno.test("every case reproduces its numbers on the CPU device", (t) =>
  checkCases(createCpuDevice(), t));
