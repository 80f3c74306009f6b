import assert from "node:assert/strict";
import { commandText, shellWord } from "../../../scripts/command/command_text.ts";

Deno.test("commandText() writes options as a shell takes them, and leaves out what is off", () => {
  const text = commandText("compare", "darcy", {
    gcnRate: 0.002,
    seeds: 3,
    strict: true,
    overwrite: false,
    out: undefined,
    set: ["a=[1,2]", "b=it's"],
  });
  assert.equal(
    text,
    "deno task compare darcy --gcn-rate 0.002 --seeds 3 --strict --set 'a=[1,2]' " +
      String.raw`--set 'b=it'\''s'`,
  );
});

Deno.test("shellWord() gives the shell the same word", async () => {
  for (const word of ["a b", "$HOME", "x=[1]", "it's", "*", "-", "ä"]) {
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", `printf %s ${shellWord(word)}`],
    })
      .output();
    assert.equal(new TextDecoder().decode(stdout), word);
  }
});
