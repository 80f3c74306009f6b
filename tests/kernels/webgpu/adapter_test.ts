import assert from "node:assert/strict";
import { DeviceUnavailableError } from "../../../errors.ts";
import { openAdapter } from "../../../kernels/webgpu/adapter.ts";

/**
 * A fake GPU with one adapter; its device is the record of the requested limits.
 */
function fakeGpu(isFallbackAdapter: boolean): Pick<GPU, "requestAdapter"> {
  const adapter = {
    info: { vendor: "acme", architecture: "gen-9", description: "", isFallbackAdapter },
    limits: {
      maxBufferSize: 1000,
      maxStorageBufferBindingSize: 900,
      minStorageBufferOffsetAlignment: 32,
      minUniformBufferOffsetAlignment: 64,
      maxBindGroups: 4,
    },
    requestDevice: ({ requiredLimits }: { requiredLimits: unknown }) =>
      Promise.resolve(requiredLimits),
  };
  return { requestAdapter: () => Promise.resolve(adapter as unknown as GPUAdapter) };
}

Deno.test("openAdapter() requests the limits of the adapter and describes it", async () => {
  const { device, description, isFallback } = await openAdapter(false, fakeGpu(false));
  assert.deepEqual(device, {
    maxBufferSize: 1000,
    maxStorageBufferBindingSize: 900,
    minStorageBufferOffsetAlignment: 32,
    minUniformBufferOffsetAlignment: 64,
  });
  assert.equal(description, "vendor acme, gen-9");
  assert.equal(isFallback, false);
});

Deno.test("openAdapter() accepts a software adapter only if allowed", async () => {
  await assert.rejects(openAdapter(false, fakeGpu(true)), {
    name: "DeviceUnavailableError",
    message: /the only adapter is software, vendor acme, gen-9 \(software\); use .* "cpu"$/,
  });
  assert.equal((await openAdapter(true, fakeGpu(true))).isFallback, true);
});

Deno.test("openAdapter() without an adapter names the remedy", async () => {
  const remedy = /: there is no adapter; install a Vulkan driver .* or use the device "cpu"/;
  const none = { requestAdapter: () => Promise.resolve(null) };
  await assert.rejects(openAdapter(true, none), (error) => {
    assert.ok(error instanceof DeviceUnavailableError);
    assert.match(error.message, remedy);
    return true;
  });
});

Deno.test("openAdapter() prints nothing and needs no access to the environment", async () => {
  const url = import.meta.resolve("../../../kernels/webgpu/adapter.ts");
  const code = `import { openAdapter } from "${url}";
    await openAdapter(false).catch(() => {});`;
  for (const access of [[], ["--allow-env"]]) {
    const { code: status, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-check",
        "--no-prompt",
        ...access,
        `data:application/typescript,${encodeURIComponent(code)}`,
      ],
      env: { XDG_RUNTIME_DIR: "", NO_COLOR: "1" },
    }).output();
    const decoder = new TextDecoder();
    assert.equal(status, 0, decoder.decode(stderr));
    assert.equal(decoder.decode(stdout), "");
    if (access.length > 0) assert.equal(decoder.decode(stderr), "");
  }
});
