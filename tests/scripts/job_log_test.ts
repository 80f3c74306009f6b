import assert from "node:assert/strict";
import { join } from "node:path";
import { JobLog } from "../../scripts/batch/job_log.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

Deno.test("a JobLog appends texts and bytes in their order", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "log.txt");
    for (const text of ["one\n", "two\n"]) {
      using log = await JobLog.open(path, assert.fail);
      const writes = [
        log.write(text),
        log.write(new Uint8Array(100_000).fill(65)),
        log.write("\n"),
      ];
      await Promise.all(writes);
    }
    const line = "A".repeat(100_000);
    assert.equal(await Deno.readTextFile(path), `one\n${line}\ntwo\n${line}\n`);
  }));

Deno.test("a JobLog that cannot be written warns once and never throws", () =>
  inTemporaryDirectory(async (directory) => {
    const warnings: string[] = [];
    const paths = [join(directory, "nowhere", "log.txt")];
    if (Deno.build.os === "linux") paths.push("/dev/full");
    for (const path of paths) {
      using log = await JobLog.open(path, (message) => warnings.push(message));
      for (const text of ["one", "two"]) await log.write(text);
    }
    assert.equal(warnings.length, paths.length);
    assert.match(warnings[0], /^Cannot write ".*log\.txt": No such file .*; the job continues/);
    if (paths.length === 2) {
      assert.match(warnings[1], /^Cannot write "\/dev\/full": the disk is full; .*incomplete$/);
    }
  }));
