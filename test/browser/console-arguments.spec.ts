/**
 * `window.workbench` with random wrong values in the place of any argument: an answer, an AbortError (every job is aborted
 * before it begins), or a WorkbenchError that says what is wrong. Never a raw exception, and never a call without an end.
 */
import fc from 'fast-check';
import { expect, test } from '@playwright/test';
import type {} from '../../src/app/workbench';
import { drop } from './support/page';
import { directoryFiles, proofVector } from './support/post';

const vector = proofVector('n2-single');
const id = vector.node_id;
const commitmentAtxId = vector.commitment_atx_id;
const bytes32 = '00'.repeat(32);
/** Stands for a value that only the page has. */
const inPage = (name: 'signal' | 'directory' | 'file' | 'folder'): string => `in page: ${name}`;
const signal = inPage('signal');

const machine = { name: 'm', threads: 2, scanBytesPerSPerThread: 1e8, hashesPerS: 100 };
const drive = { name: 'd', machine: 'm', bytes: 2e11, bytesPerS: 1e8 };
const proving = {
  ...{ numUnits: 4, nonces: 64, threads: 2, diskBytesPerS: 1e8, hashesPerS: 100 },
  ...{ scan: { bytesPerSPerThread: 1e8 }, gapS: 43_200, marginS: 60, k1: 26, k2: 37 },
};
const proof = { nonce: 3, indices: vector.proof.indices, pow: vector.proof.pow };
const proveRequest = {
  ...{ challenge: vector.challenge, k1: vector.k1, k2: vector.k2, nonces: 16, threads: 1 },
  ...{ powDifficulty: vector.pow_difficulty, backend: 'cpu', scanOnly: true, signal },
};

/** A valid call of every method that takes arguments. */
const calls: Readonly<Record<string, readonly unknown[]>> = {
  'state.open': [[inPage('file')], { cacheBytes: 1e6, complete: true, signal }],
  'state.query': ['SELECT :a', { a: 1 }, { maxRows: 5, maxBytes: 1e6, unsigned: ['a'], signal }],
  'state.rewards': [{ smesher: [id], coinbase: undefined, fromLayer: 1, toLayer: 9 }],
  'state.coinbases': [id],
  'state.smesher': [id],
  'state.luck': [{ smesher: id, fromEpoch: 1, toEpoch: 9 }, { signal }],
  'state.fleet': [[id, id], { signal }],
  'state.compare': [[inPage('file')], [inPage('file')], { signal }],
  'state.atx': [id],
  'audit.run': [
    {
      ...{ of: { atxs: [id] }, indices: { subset: 1, seed: 'ab' }, backend: 'cpu', threads: 1 },
      ...{ randomx: 'light', sample: { size: 1, seed: 'x' }, signal },
    },
    { signal },
  ],
  'audit.atx': [id, { indices: 'none', backend: 'cpu', threads: 1, signal }],
  'audit.malfeasance': [id, { signal }],
  'audit.ballot': [id, { signal }],
  'audit.ballots': [{ fromLayer: 1, toLayer: 2, signal }, { signal }],
  'audit.block': [id],
  'audit.layers': [{ fromLayer: 1, toLayer: 2, signal }, { signal }],
  'audit.activeSets': [{ signal }],
  'audit.findNetwork': [{ signal }],
  'audit.tree': ['atx', id, { hrp: 'sm' }],
  'post.commitment': [id, commitmentAtxId],
  'post.labels': [
    {
      ...{ nodeId: id, commitmentAtxId, start: 0, count: 4, scryptN: 2, backend: 'cpu' },
      ...{ threads: 1, full: false, signal },
    },
    { signal },
  ],
  'post.findNonce': [
    {
      ...{ commitment: bytes32, start: 0, count: 4, scryptN: 2, difficulty: bytes32 },
      ...{ backend: 'cpu', threads: 1, signal },
    },
    { signal },
  ],
  'post.initialize': [
    {
      ...{ nodeId: id, commitmentAtxId, numUnits: 1, labelsPerUnit: 64, maxFileSize: 1024 },
      ...{ scryptN: 2, backend: 'cpu', threads: 1, fromFile: 0, toFile: 0 },
      ...{ directory: inPage('folder'), signal },
    },
    { signal },
  ],
  'post.openDirectory': [[inPage('file')]],
  'post.prove': [inPage('directory'), proveRequest, { signal }],
  'post.verify': [
    {
      ...{ proof, nodeId: id, commitmentAtxId, numUnits: 2, labelsPerUnit: 256 },
      ...{ challenge: vector.challenge, k1: vector.k1, k2: vector.k2, scryptN: 2, threads: 1 },
      ...{ powDifficulty: vector.pow_difficulty, minNumUnits: 1, maxNumUnits: 9 },
      ...{ mode: { subset: 2, seed: 'ab' }, signal },
    },
    { signal },
  ],
  'post.verifyData': [
    inPage('directory'),
    { fraction: 1, scryptN: 2, backend: 'cpu', threads: 1, fromFile: 0, toFile: 0, signal },
    { signal },
  ],
  'post.findNonceInData': [
    inPage('directory'),
    { difficulty: bytes32, scryptN: 2, backend: 'cpu', threads: 1, fromFile: 0, signal },
  ],
  'post.k2pow': [
    {
      ...{ challenge: bytes32, nonceGroup: 0, nodeId: id, difficulty: 'ff'.repeat(32) },
      ...{ startNonce: 0, maxHashes: 1, threads: 1, mode: 'light', signal },
    },
    { signal },
  ],
  'profile.pow': [{ iterations: 1, nonces: 16, numUnits: 1, threads: 1, mode: 'light', signal }],
  'profile.labels': [{ durationS: 0.01, scryptN: 2, backend: 'cpu', threads: 1, signal }],
  'profile.proving': [
    { durationS: 0.01, nonces: 16, threads: 1, backend: 'cpu', dataSizeGiB: 0.001, signal },
  ],
  'profile.read': [inPage('file'), { durationS: 0.01, streams: 1, starts: [0], signal }],
  'simulate.passSuccess': [{ nonces: 64, k1: 26, k2: 37, numLabels: 1e9 }],
  'simulate.finishFraction': [{ nonces: 64, k1: 26, k2: 37, numLabels: 1e9, fraction: 0.5 }],
  'simulate.k2powHashes': [{ numUnits: 4, nonces: 64, powDifficulty: 'ff'.repeat(32) }],
  'simulate.issuance': [1000],
  'simulate.eligibleSlots': [
    { weight: 10, minWeight: 1, totalWeight: 100, committeeSize: 50, layersPerEpoch: 4032 },
  ],
  'simulate.provingPlan': [{ ...proving, speedError: 0.1, powDifficulty: 'ff'.repeat(32) }],
  'simulate.advice': [
    {
      ...{ scan: [{ nonces: 64, threads: 2, bytesPerS: 1e8 }], threads: 2, diskBytesPerS: 1e8 },
      ...{ hashesPerS: 100, numUnits: 4, probability: 0.99, gapS: 43_200, marginS: 60 },
      ...{ speedError: 0.1, prices: { lostEpoch: 1, threadHour: 1 }, scanIsNative: true },
      ...{ spread: 0.1 },
    },
  ],
  'simulate.farm': [
    {
      ...{ machines: [machine], drives: [drive], gapS: 43_200, marginS: 60, objective: 'weight' },
      ...{ identities: [{ name: 'i', numUnits: 4, drive: 'd' }], probability: 0.9, reserve: 0 },
      ...{ prices: { unitEpoch: 1, threadHour: 1, identityEpoch: 1 }, seed: 1 },
      ...{ minUnitsPerIdentity: 4, maxUnitsPerIdentity: 9, retry: 'immediately' },
    },
  ],
  'simulate.epoch': [
    {
      ...{ machines: [machine], drives: [drive], gapS: 43_200, publishS: 60, poetProofS: 60 },
      identities: [{ name: 'i', drive: 'd', numUnits: 4, nonces: 64, threads: 2 }],
    },
    { seed: 1, epochs: 2 },
  ],
  'simulate.fleet': [
    { ...proving, identities: 2, drives: 2, pricePerThreadH: 1, wantedShare: 0.9 },
  ],
  'simulate.cloud': [
    {
      ...{ numUnits: 4, downloadBytesPerS: 1e7, egressPerGB: 0.1, setupS: 60 },
      ...{ machines: [{ name: 'm', labelsPerS: 1e5, pricePerH: 1, uploadBytesPerS: 1e7 }] },
      ...{ labelsPerUnit: 2 ** 32, maxFileSizeBytes: 2 ** 32, diskPerGBMonth: 0.1 },
      ...{ removeVerified: true, spareDisk: 0.1 },
    },
  ],
  'simulate.network': [
    {
      ...{ epochs: 2, seed: 1, firstEpoch: 60, assumptions: {} },
      measures: { merge: { fromEpoch: 1, adoption: { home: 1, semi: 1, industrial: 1 } } },
      identities: { units: [4, 5], owners: [0, 1], counts: [1, 1], marriedFor: [-1, -1] },
    },
  ],
  'identity.parse': [bytes32],
  randomx: ['key', 'input'],
};

type Path = readonly (string | number)[];

/** Where a wrong value can go: each argument, each field, each entry. */
function pathsOf(value: unknown, path: Path = []): Path[] {
  const inner =
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, entry]) => pathsOf(entry, [...path, key]))
      : [];
  return path.length === 0 ? inner : [path, ...inner];
}

declare global {
  interface Window {
    wrongValues: Readonly<Record<string, unknown>>;
  }
}

/** Runs in the page: functions and symbols cannot be sent there. */
function makeWrongValues(): void {
  window.wrongValues = {
    ...{ undefined, null: null, true: true, NaN, Infinity, '-Infinity': -Infinity, '-1': -1 },
    ...{ '0': 0, '0.5': 0.5, '1e-320': 1e-320, '2 ** 32': 2 ** 32, '2 ** 53': 2 ** 53 },
    ...{ '-1n': -1n, '0n': 0n, '2n ** 64n': 2n ** 64n, '10n ** 400n': 10n ** 400n },
    ...{ 'an empty text': '', x: 'x', '0x': '0x', constructor: 'constructor' },
    ...{ 'a long text': 'a'.repeat(100_000), '[]': [], '[null]': [null], '[[]]': [[]], '{}': {} },
    ...{ 'no toString': { toString: null }, 'no prototype': Object.create(null) as object },
    ...{ 'a function': () => 1, 'a symbol': Symbol('s'), 'a Date': new Date(NaN) },
    ...{ 'a Map': new Map([[1, 2]]), '3 bytes': new Uint8Array(3), '32 bytes': new Uint8Array(32) },
    ...{ 'an ArrayBuffer': new ArrayBuffer(32), document, window, 'a Proxy': new Proxy({}, {}) },
    ...{ 'a Promise': Promise.resolve(1), 'a File': new File(['x'], 'x'), 'a RegExp': /x/ },
    'an Error': new Error('x'),
  };
}

/** About 20 s; more with ARGUMENT_CASES=20000. */
const cases = Number(process.env['ARGUMENT_CASES'] ?? 400);
const seed = Number(process.env['ARGUMENT_SEED'] ?? 20_261_201);

test('console: random wrong arguments of every method, an answer, an AbortError or a WorkbenchError', async ({
  page,
}) => {
  test.setTimeout(120_000 + cases * 200);
  await page.goto('./#/scripting');
  await expect.poll(() => page.evaluate(() => typeof window.workbench)).toBe('object');
  await drop(page, 'public/sample/state.sql');
  await expect(page.getByRole('heading', { name: 'state.sql' })).toBeVisible();
  await page.evaluate(makeWrongValues);
  const wrongNames = await page.evaluate(() => Object.keys(window.wrongValues));
  await page.evaluate(() => {
    const input = Object.assign(document.createElement('input'), { type: 'file', multiple: true });
    input.id = 'test-files';
    document.body.append(input);
  });
  await page.setInputFiles('#test-files', directoryFiles('n2-single'));

  const places = Object.entries(calls).flatMap(([method, values]) =>
    pathsOf(values).map((path) => ({ method, path })),
  );
  const sampled = fc.sample(
    fc.record({ place: fc.constantFrom(...places), wrong: fc.constantFrom(...wrongNames) }),
    { numRuns: cases, seed },
  );
  let lastCall = '';
  page.on('console', (message) => {
    if (message.text().includes(' with ')) lastCall = message.text();
  });
  const problems: string[] = [];
  const codes = new Set<string>();
  for (let at = 0; at < sampled.length; at += 100) {
    const outcomes = await Promise.race([
      page.evaluate(
        async ({ batch, calls }) => {
          const input = document.querySelector<HTMLInputElement>('#test-files');
          const files = Array.from(input?.files ?? []);
          const { workbench } = window;
          const own: Record<string, unknown> = {
            'in page: signal': AbortSignal.abort(),
            'in page: directory': await workbench.post.openDirectory(files),
            'in page: file': files[0],
            'in page: folder': await navigator.storage.getDirectory(),
          };
          const built = (value: unknown): unknown => {
            if (typeof value === 'string') return own[value] ?? value;
            if (Array.isArray(value)) return value.map(built);
            if (typeof value !== 'object' || value === null) return value;
            return Object.fromEntries(
              Object.entries(value).map(([key, entry]) => [key, built(entry)]),
            );
          };
          const outcomes: { code: string; problem: string }[] = [];
          for (const { method, path, wrong } of batch) {
            const values = built(calls[method]) as unknown[];
            let holder = values as unknown as Record<string | number, unknown>;
            for (const key of path.slice(0, -1)) holder = holder[key] as typeof holder;
            holder[path.at(-1) ?? 0] = window.wrongValues[wrong];
            const named = `${method} with ${path.join('.')} = ${wrong}`;
            // eslint-disable-next-line no-console -- names the call that keeps the page busy
            console.debug(named);
            let call: unknown = workbench;
            for (const key of method.split('.')) call = (call as Record<string, unknown>)[key];
            const late = new Promise((resolve) => setTimeout(resolve, 20_000, 'late'));
            try {
              const answer = await Promise.race([
                (call as (...args: unknown[]) => unknown)(...values),
                late,
              ]);
              outcomes.push({
                code: 'answered',
                problem: answer === 'late' ? `${named}: no end` : '',
              });
            } catch (error) {
              const { name, code, message, details } = error as {
                name: string;
                code: unknown;
                message: string;
                details?: { argument?: string };
              };
              if (name === 'AbortError') outcomes.push({ code: name, problem: '' });
              else if (typeof code !== 'string' || details === undefined)
                outcomes.push({ code: name, problem: `${named}: ${String(error)}` });
              else {
                const names =
                  code !== 'invalid-argument' || message.startsWith(details.argument ?? '?');
                outcomes.push({
                  code,
                  problem: names ? '' : `${named}: names nothing: ${message}`,
                });
              }
            }
          }
          return outcomes;
        },
        {
          calls,
          batch: sampled.slice(at, at + 100).map(({ place, wrong }) => ({ ...place, wrong })),
        },
      ),
      // A call that keeps the page busy cannot be interrupted: the test ends and names it.
      new Promise<never>((_, reject) =>
        setTimeout(() => reject(new Error(`no end: ${lastCall}`)), 100_000),
      ),
    ]);
    for (const { code, problem } of outcomes) {
      codes.add(code);
      if (problem !== '') problems.push(problem);
    }
  }
  expect([...new Set(problems)]).toEqual([]);
  expect(codes).toContain('invalid-argument');
});
