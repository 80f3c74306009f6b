/* @ts-self-types="./module.d.ts" */
import source kernels from "./kernels.wasm";
export default kernels;
