import { buildAssembly } from '../scripts/build-assembly.mjs';

/** The kernels under test are the ones built from the sources as they are. */
export default async function setup(): Promise<void> {
  await buildAssembly();
}
