/** Examples of `window.workbench`, to be copied into the console; a browser test runs each of them. */
export interface Example {
  readonly title: string;
  readonly says: string;
  readonly code: string;
}

export const examples: readonly Example[] = [
  {
    title: 'What this browser can do',
    says: 'Threads, shared memory, SIMD, and the GPU with its limits.',
    code: 'await workbench.capabilities()',
  },
  {
    title: 'Chance of a proof in one pass',
    says: 'Plain functions, no side effects.',
    code: 'workbench.simulate.passSuccess({ nonces: 64 })',
  },
  {
    title: 'Plan a farm',
    says: 'Which identities on which drives, with how many nonces, when, and what to change; then the simulation as its judge.',
    code: `workbench.simulate.farm({
  machines: [{ name: 'nas', threads: 4, scanBytesPerSPerThread: 0.8 * 2 ** 30, hashesPerS: 1000 }],
  drives: ['a', 'b', 'c', 'd'].map((name) => ({ name, machine: 'nas', bytes: 8e12, bytesPerS: 180e6 })),
})`,
  },
  {
    title: 'Recommend nonces and threads',
    says: 'Without the speed of the disk and of k2pow there is no setting, only what is missing and a range.',
    code: `workbench.simulate.advice({
  scan: [{ nonces: 64, threads: 4, bytesPerS: 1.1 * 2 ** 30 }],
  threads: 4, diskBytesPerS: 150e6, hashesPerS: 1500, numUnits: 32,
})`,
  },
  {
    title: 'Simulate epochs of a farm',
    says: 'Two identities on one drive, a thousand epochs with a seed: units proved in time, the schedule, and what happened in the first epoch.',
    code: `workbench.simulate.epoch({
  machines: [{ name: 'nas', threads: 4, scanBytesPerSPerThread: 0.8 * 2 ** 30, hashesPerS: 1000 }],
  drives: [{ name: 'sda', machine: 'nas', bytesPerS: 180e6 }],
  identities: ['a', 'b'].map((name) => ({ name, drive: 'sda', numUnits: 24, nonces: 80, threads: 4 })),
}, { seed: 1, epochs: 1000 })`,
  },
  {
    title: 'Subsidy of a layer',
    says: 'Exact, in smidge; layers are counted after effective genesis (8063 on mainnet).',
    code: 'workbench.simulate.issuance(100_000)',
  },
  {
    title: 'Labels of an identity',
    says: '16 bytes per label, as on disk; 32 with full: true. Long calls take { signal, onProgress }.',
    code: "await workbench.post.labels({ commitment: '00'.repeat(32), start: 0, count: 8 })",
  },
  {
    title: 'A query on the open database',
    says: 'BLOBs come as Uint8Array, integers beyond 2^53 as bigint.',
    code: "await workbench.state.query('SELECT layer, total_reward FROM rewards ORDER BY layer LIMIT 5')",
  },
  {
    title: 'Rewards of a smesher',
    says: 'Ids are bytes, hex with or without 0x, or base64; coinbases also bech32.',
    code: "await workbench.state.rewards({ smesher: '31b356d7425a660120b9aafadba779a513c1726d9221c84614dcd320005e2c55' })",
  },
  {
    title: 'Unlucky or broken?',
    says: 'Slots due, layers paid, and how probable so few are for a node without faults.',
    code: "await workbench.state.luck({ smesher: '31b356d7425a660120b9aafadba779a513c1726d9221c84614dcd320005e2c55' })",
  },
  {
    title: 'A fleet, and what is missing in it',
    says: 'A row per smesher and epoch; `missing` lists who did not publish or earned nothing.',
    code: "(await workbench.state.fleet(['31b356d7425a660120b9aafadba779a513c1726d9221c84614dcd320005e2c55', '68c46990cdfc22c6ca3d9160a5cb079c4da86c203fc386fa6a865470391f120e'])).missing",
  },
  {
    title: 'Audit a sample of the ATXs',
    says: 'Recomputes ids, signatures, columns, k2pow and labels; the tally states what the sample implies for all.',
    code: "await workbench.audit.run({ of: 'all', sample: { size: 3, seed: 'mine' }, indices: { subset: 1, seed: '00' }, onReport: ({ id, outcome }) => console.log(id, outcome) })",
  },
  {
    title: 'RandomX of any input',
    says: 'Builds the key’s cache, a second or two.',
    code: "await workbench.randomx('test key 000', 'This is a test')",
  },
  {
    title: 'Prove over a picked folder, then verify',
    says: 'A rehearsal on test data with scrypt N = 2, where any k2pow passes. A network needs its own parameters.',
    code: `const dir = await workbench.post.openDirectory(await showDirectoryPicker());
const parameters = { challenge: '00'.repeat(32), k1: 26, k2: 37, powDifficulty: 'ff'.repeat(32) };
const proof = await workbench.post.prove(dir, { ...parameters, nonces: 64, threads: 1, backend: 'cpu' });
await workbench.post.verify({ ...parameters, proof, directory: dir, scryptN: 2 });`,
  },
];
