import assert from "node:assert/strict";
import { join } from "node:path";
import { DataError, UserError } from "../../errors.ts";
import {
  writeDirectoryAtomically,
  writeError,
  writeFileAtomically,
} from "../../io/atomic_write.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

const namesIn = (directory: string) =>
  [...Deno.readDirSync(directory)].map(({ name }) => name).sort();

Deno.test("writeFileAtomically() writes a file with its folders and the usual permissions", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "a", "b.bin");
    await writeFileAtomically(path, Uint8Array.of(1, 2));
    assert.deepEqual(Deno.readFileSync(path), Uint8Array.of(1, 2));
    const plain = join(directory, "plain");
    Deno.writeTextFileSync(plain, "");
    assert.equal(Deno.statSync(path).mode, Deno.statSync(plain).mode);
    assert.deepEqual(namesIn(join(directory, "a")), ["b.bin"]);
  }));

Deno.test("writeFileAtomically() replaces a file only on request", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "b.bin");
    await writeFileAtomically(path, Uint8Array.of(1));
    await assert.rejects(writeFileAtomically(path, Uint8Array.of(2)), UserError);
    assert.deepEqual(Deno.readFileSync(path), Uint8Array.of(1));
    await writeFileAtomically(path, Uint8Array.of(2), { overwrite: true });
    assert.deepEqual(Deno.readFileSync(path), Uint8Array.of(2));
    assert.deepEqual(namesIn(directory), ["b.bin"]);
  }));

Deno.test("writeFileAtomically() leaves nothing when the write fails", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "taken");
    Deno.mkdirSync(join(path, "inside"), { recursive: true });
    await assert.rejects(
      writeFileAtomically(path, new Uint8Array(9), { overwrite: true }),
      DataError,
    );
    assert.deepEqual(namesIn(directory), ["taken"]);
  }));

Deno.test("writeDirectoryAtomically() publishes a complete directory, never a mixture", () =>
  inTemporaryDirectory(async (directory) => {
    const target = join(directory, "store");
    const write = async (name: string, options = {}) => {
      const pending = await writeDirectoryAtomically(target, options);
      Deno.writeTextFileSync(join(pending.temporary, name), name);
      return pending;
    };
    const first = await write("old");
    assert.throws(() => Deno.statSync(target), Deno.errors.NotFound);
    const late = await write("late");
    await first.publish();
    assert.deepEqual(namesIn(target), ["old"]);
    await assert.rejects(late.publish(), { name: "UserError", message: /it exists/ });
    await assert.rejects(write("new"), UserError);
    await (await write("new", { overwrite: true })).publish();
    assert.deepEqual(namesIn(target), ["new"]);
    await (await write("never", { overwrite: true })).discard();
    assert.deepEqual(namesIn(directory), ["store"]);
    assert.deepEqual(namesIn(target), ["new"]);
  }));

Deno.test("writeDirectoryAtomically() restores the old directory if the rename fails", () =>
  inTemporaryDirectory(async (directory) => {
    const target = join(directory, "store");
    Deno.mkdirSync(target);
    Deno.writeTextFileSync(join(target, "old"), "old");
    const pending = await writeDirectoryAtomically(target, { overwrite: true });
    // Afterwards there is nothing to move.
    Deno.removeSync(pending.temporary);
    await assert.rejects(pending.publish(), { name: "DataError" });
    assert.deepEqual(namesIn(directory), ["store"]);
    assert.deepEqual(namesIn(target), ["old"]);
  }));

Deno.test("writeError() reports a full disk and passes user errors through", () => {
  const full = Object.assign(new Error("No space left on device (os error 28)"), {
    code: "ENOSPC",
  });
  assert.match(
    writeError("a.zarr", full).message,
    /^Cannot write "a.zarr": the disk is full; free some space; nothing/,
  );
  assert.match(
    writeError("a.zarr", new Error("odd")).message,
    /^Cannot write "a.zarr": odd; nothing was written$/,
  );
  const said = new UserError("said");
  assert.equal(writeError("a.zarr", said), said);
});
