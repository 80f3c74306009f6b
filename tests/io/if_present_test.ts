import assert from "node:assert/strict";
import { join } from "node:path";
import { ifPresent } from "../../io/if_present.ts";

Deno.test("ifPresent() is undefined for an absent file, other errors are thrown", async () => {
  const directory = await Deno.makeTempDir();
  const path = join(directory, "file");
  assert.equal(await ifPresent(Deno.readTextFile(path)), undefined);
  await Deno.writeTextFile(path, "text");
  assert.equal(await ifPresent(Deno.readTextFile(path)), "text");
  assert.equal(await ifPresent(Deno.stat(join(path, "below a file"))), undefined);
  await assert.rejects(ifPresent(Deno.readTextFile(directory)));
  await assert.rejects(ifPresent(Promise.reject(new RangeError("no"))), RangeError);
  await Deno.remove(directory, { recursive: true });
});
