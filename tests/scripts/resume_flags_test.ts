import { assertMistake, runTask } from "./run_script.ts";

Deno.test("pipeline --checkpoint-every takes seconds and steps, nothing else", async () => {
  for (const interval of ["60", "0s", "1.5steps", "5m"]) {
    assertMistake(
      await runTask("pipeline", "darcy", "--checkpoint-every", interval),
      /^error: Cannot read --checkpoint-every: it must be seconds or steps, .*, received "/,
    );
  }
});
