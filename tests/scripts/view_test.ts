import assert from "node:assert/strict";
import { join } from "node:path";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";
import { assertMistake, runTask } from "./run_script.ts";

Deno.test("view refuses what is not a folder", () =>
  inTemporaryDirectory(async (directory) => {
    const missing = await runTask("view", join(directory, "no such folder"));
    assertMistake(missing, /Cannot open ".*no such folder": no such file or directory/);
    const file = join(directory, "log.jsonl");
    await Deno.writeTextFile(file, "");
    assertMistake(await runTask("view", file), /must be a folder, found a file/);
    assertMistake(await runTask("view", directory, "--port", "70000"), /of 0 to 65535/);
  }));

Deno.test("--view names the next free port, and is a warning if there is none", async () => {
  const printed: string[] = [];
  const { log, error } = console;
  const { viewRun } = await import("../../scripts/view/open_viewer.ts");
  console.log = console.error = (text) => printed.push(text);
  const viewers: AsyncDisposable[] = [];
  try {
    for (let k = 0; k < 11; k++) {
      const viewer = viewRun({ view: true, plan: false, eject: undefined, out: "runs/mine" });
      if (viewer !== undefined) viewers.push(viewer);
    }
    assert.equal(viewRun({ view: true, plan: true, eject: undefined, out: undefined }), undefined);
  } finally {
    Object.assign(console, { log, error });
    for (const viewer of viewers) await viewer[Symbol.asyncDispose]();
  }
  const text = printed.join("\n");
  assert.match(text, /port 8420 is in use: the viewer has port 842[1-9]/);
  assert.match(text, /Runs in \S+runs: open http:\/\/127\.0\.0\.1:84\d\d\/$/m);
  assert.match(
    text,
    /warning: Cannot start the viewer: one of the ports 8420 to 8429 must be free, all are in use/,
  );
});
