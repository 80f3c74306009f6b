/**
 * Request for an adapter, and for a device with the limits of that adapter.
 *
 * @module
 */

import { DeviceUnavailableError } from "../../errors.ts";

/** Limits that are requested as the adapter has them. */
const LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "minStorageBufferOffsetAlignment",
  "minUniformBufferOffsetAlignment",
] as const;

const REMEDY = 'install a Vulkan driver (Debian: mesa-vulkan-drivers) or use the device "cpu"';

/** A device, and the description of its adapter. */
export interface OpenedDevice {
  readonly device: GPUDevice;
  readonly description: string;
  readonly isFallback: boolean;
}

/**
 * Opens the device of the fastest adapter.
 *
 * @param allowFallback Whether a software adapter is acceptable.
 * @param gpu Source of adapters.
 * @throws {DeviceUnavailableError} If there is no adapter, or only a software adapter and it is not
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
      `Cannot open a WebGPU device: there is no adapter; ${REMEDY}`,
    );
  }
  const description = describe(adapter.info);
  const isFallback = adapter.info.isFallbackAdapter;
  if (isFallback && !allowFallback) {
    throw new DeviceUnavailableError(
      `Cannot open a hardware WebGPU device: the only adapter is software, ${description}; ` +
        `use the device "webgpu" or "cpu"`,
    );
  }
  const requiredLimits = Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]]));
  const device = await adapter.requestDevice({ requiredLimits });
  return { device, description, isFallback };
}

/** Description of the fastest adapter; undefined if there is none. */
export async function adapterName(): Promise<string | undefined> {
  quietVulkan();
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  return adapter ? describe(adapter.info) : undefined;
}

/**
 * Sets a runtime directory if there is none: without it software Vulkan drivers work, but print
 * warnings. The variable belongs to the process; call this before starting a worker that may not
 * set it.
 */
export function quietVulkan(): void {
  const variable = "XDG_RUNTIME_DIR";
  if (Deno.build.os !== "linux") return;
  if (Deno.permissions.querySync({ name: "env", variable }).state !== "granted") return;
  if (!Deno.env.get(variable)) Deno.env.set(variable, "/tmp");
}

/** Vendor or description of the adapter, and its architecture if known. */
function describe(
  { vendor, architecture, description, isFallbackAdapter }: GPUAdapterInfo,
): string {
  const words = [description || `vendor ${vendor}`, architecture].filter((word) => word !== "");
  return `${words.join(", ")}${isFallbackAdapter ? " (software)" : ""}`;
}
