import assert from "node:assert/strict";
import { OutputGuard } from "../../../../pipeline/engine/workers/guarded_output.ts";

const FULL = Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" });

Deno.test("an OutputGuard drops failed writes and passes other errors on", async () => {
  const { log, error, info } = console;
  const { writeSync } = Deno.stdout;
  const { write } = Deno.stderr;
  const fail = (thrown: unknown) => () => {
    throw thrown;
  };
  try {
    console.error = Deno.stdout.writeSync = fail(FULL);
    Deno.stderr.write = () => Promise.reject(FULL);
    console.info = fail(new TypeError("a value"));
    {
      using guard = new OutputGuard();
      console.error("lost");
      assert.equal(await Deno.stderr.write(new Uint8Array(3)), 3);
      assert.equal(guard.failure, undefined);
      assert.throws(() => console.info("x"), /a value/);
      assert.equal(Deno.stdout.writeSync(new Uint8Array(7)), 7);
      assert.equal(guard.failure, FULL);
    }
    assert.throws(() => console.error("x"), FULL);
  } finally {
    Object.assign(console, { error, info });
    Deno.stdout.writeSync = writeSync;
    Deno.stderr.write = write;
  }
  assert.equal(console.log, log);
});
