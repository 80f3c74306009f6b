/**
 * Limits of a device for buffers, bindings and dispatches.
 *
 * @module
 */

/** Limits by which arrays and dispatches are cut. */
type LimitName =
  | "maxBufferSize"
  | "maxStorageBufferBindingSize"
  | "maxComputeWorkgroupsPerDimension";

/**
 * Limits below those of the adapter, to test with small arrays what otherwise happens to huge ones.
 */
export type LoweredLimits = { readonly [name in LimitName]?: number };

/** The limits that a device observes, with their names in WebGPU. */
export type Limits = { readonly [name in LimitName | "minStorageBufferOffsetAlignment"]: number };

/** The limits of `device`, or those of `lowered` if they are less. */
export function limitsOf(
  { limits }: Pick<GPUDevice, "limits">,
  lowered: LoweredLimits = {},
): Limits {
  const least = (name: LimitName) => Math.min(limits[name], lowered[name] ?? Infinity);
  return {
    maxBufferSize: least("maxBufferSize"),
    maxStorageBufferBindingSize: least("maxStorageBufferBindingSize"),
    maxComputeWorkgroupsPerDimension: least("maxComputeWorkgroupsPerDimension"),
    minStorageBufferOffsetAlignment: limits.minStorageBufferOffsetAlignment,
  };
}

/** Maximum length of a window that fits one buffer and, from any start, one binding. */
export function bindingLength(limits: Limits): number {
  const { maxBufferSize, maxStorageBufferBindingSize, minStorageBufferOffsetAlignment } = limits;
  return Math.floor(
    (Math.min(maxBufferSize, maxStorageBufferBindingSize) - minStorageBufferOffsetAlignment) / 4,
  );
}
