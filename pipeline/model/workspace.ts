/**
 * Device arrays that are reused from step to step: requested by name, grown when too short, never
 * shrunk.
 *
 * @module
 */

import type { Device, DeviceArray } from "../../kernels/device.ts";
import type { ElementType, HostArray } from "../../kernels/element_types.ts";

/** Named, reusable arrays on one device. */
export class Workspace {
  readonly #arrays = new Map<string, DeviceArray>();

  constructor(readonly device: Device) {}

  /** The array `name` with `length` elements; the values are arbitrary. */
  get<T extends ElementType>(name: string, type: T, length: number): DeviceArray<T> {
    let array = this.#arrays.get(name);
    if (array === undefined || array.length < length) {
      if (array !== undefined) this.device.release(array);
      // An eighth to spare: sampled graphs of nearly equal size do not reallocate at every step.
      array = this.device.allocate(type, array === undefined ? length : Math.ceil(length * 1.125));
      this.#arrays.set(name, array);
    }
    return array.slice(0, length) as DeviceArray<T>;
  }

  /** The float32 array `name` with `length` elements. */
  f32(name: string, length: number): DeviceArray<"f32"> {
    return this.get(name, "f32", length);
  }

  /** The array `name`, overwritten with `data`. */
  store<T extends ElementType>(name: string, type: T, data: HostArray<T>): DeviceArray<T> {
    const array = this.get(name, type, data.length);
    this.device.write(array, data);
    return array;
  }

  /** Releases all arrays. */
  release(): void {
    for (const array of this.#arrays.values()) this.device.release(array);
    this.#arrays.clear();
  }
}
