/** Members of zip archives, written by Python. @module */

import assert from "node:assert/strict";
import { DataError } from "../../errors.ts";
import { ZipArchive } from "../../io/zip_archive.ts";

const MEMBERS = "tests/fixtures/io/zip/members.zip";
const TEXT = "All work and no play makes Jack a dull boy. ".repeat(20);

Deno.test("ZipArchive reads stored and deflated members and parts of them", async () => {
  const archive = await ZipArchive.open(MEMBERS);
  assert.deepEqual(archive.names, ["stored.txt", "folder/deflated.txt", "empty"]);
  for (const name of ["stored.txt", "folder/deflated.txt"]) {
    assert.equal(new TextDecoder().decode(await archive.read(name, 1e6)), TEXT);
    assert.equal(new TextDecoder().decode(await archive.readRange(name, 4, 4)), "work");
    assert.equal(archive.size(name), TEXT.length);
  }
  assert.equal((await archive.read("empty", 10))?.length, 0);
  assert.equal(await archive.read("absent", 10), undefined);
  await assert.rejects(archive.read("stored.txt", 10), /at most 10 bytes, it has 880/);
});

Deno.test("ZipArchive refuses damaged archives by a DataError", async () => {
  const bytes = await Deno.readFile(MEMBERS);
  const path = await Deno.makeTempFile();
  for (let at = 0; at < bytes.length; at += 29) {
    const damaged = bytes.slice(0, at % 2 === 0 ? bytes.length : at);
    if (damaged.length > at) damaged[at] ^= 0x55;
    await Deno.writeFile(path, damaged);
    try {
      const archive = await ZipArchive.open(path);
      for (const name of archive.names) {
        const content = new TextDecoder().decode(await archive.read(name, 1e6));
        assert.ok(content === TEXT || content === "", `byte ${at}`);
      }
    } catch (error) {
      assert.ok(error instanceof DataError, `byte ${at}: ${error}`);
    }
  }
  await Deno.remove(path);
});
