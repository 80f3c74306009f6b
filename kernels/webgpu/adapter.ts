/** Asks for an adapter and a device with the limits that the adapter has. @module */

import { DeviceUnavailableError } from "../../errors.ts";

/** Limits that are raised (or, for alignments, lowered) to those of the adapter. */
const LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "minStorageBufferOffsetAlignment",
  "minUniformBufferOffsetAlignment",
] as const;

const REMEDY = 'install a Vulkan driver (Debian: mesa-vulkan-drivers) or use the device "cpu"';

/** A device and its adapter in words. */
export interface OpenedDevice {
  readonly device: GPUDevice;
  readonly description: string;
  readonly isFallback: boolean;
}

/**
 * Opens the device of the fastest adapter.
 *
 * @param gpu Where adapters come from.
 * @throws {DeviceUnavailableError} When there is no adapter, or only a software one and that is not
 * allowed.
 */
export async function openAdapter(
  allowFallback: boolean,
  gpu: Pick<GPU, "requestAdapter"> | undefined = navigator.gpu,
): Promise<OpenedDevice> {
  quietVulkan();
  const adapter = await gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === undefined || adapter === null) {
    throw new DeviceUnavailableError(
      `Cannot open a WebGPU device as there is no adapter; ${REMEDY}`,
    );
  }
  const description = describe(adapter.info);
  const isFallback = adapter.info.isFallbackAdapter;
  if (isFallback && !allowFallback) {
    throw new DeviceUnavailableError(
      `Cannot open a hardware WebGPU device as the only adapter is software: ${description}; ` +
        `ask for "webgpu" by name or use the device "cpu"`,
    );
  }
  const requiredLimits = Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]]));
  const device = await adapter.requestDevice({ requiredLimits });
  return { device, description, isFallback };
}

/** The fastest adapter in words; undefined without one. */
export async function adapterName(): Promise<string | undefined> {
  quietVulkan();
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  return adapter ? describe(adapter.info) : undefined;
}

/**
 * Names a runtime directory where there is none: software Vulkan drivers would complain on the
 * error stream, and work all the same. It is that of the whole process; a worker that may not name
 * one needs this before it starts.
 */
export function quietVulkan(): void {
  const variable = "XDG_RUNTIME_DIR";
  if (Deno.build.os !== "linux") return;
  if (Deno.permissions.querySync({ name: "env", variable }).state !== "granted") return;
  if (!Deno.env.get(variable)) Deno.env.set(variable, "/tmp");
}

/** Vendor, architecture and description, as far as the adapter tells them. */
function describe(
  { vendor, architecture, description, isFallbackAdapter }: GPUAdapterInfo,
): string {
  const words = [description || `vendor ${vendor}`, architecture].filter((word) => word !== "");
  return `${words.join(", ")}${isFallbackAdapter ? " (software)" : ""}`;
}
