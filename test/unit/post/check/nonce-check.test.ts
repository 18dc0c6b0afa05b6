import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openDirectory } from '../../../../src/post/directory/directory';
import { checkNonce } from '../../../../src/post/check/nonce-check';
import type { PostMetadata } from '../../../../src/protocol/metadata';
import { labelEngines } from '../../../support/post-fixtures';

const file = (name: string): File =>
  new File(
    [readFileSync(new URL(`../../../data/post/posdata/go-n16/${name}`, import.meta.url))],
    name,
  );
const directory = await openDirectory(
  ['postdata_metadata.json', 'postdata_0.bin', 'postdata_1.bin', 'postdata_2.bin'].map(file),
);
const { metadata } = directory;
if (!metadata) throw new Error('go-n16 has metadata');
const engines = labelEngines();

const check = async (change: Partial<PostMetadata>, files = directory.files) => {
  const { outcome, checks } = await checkNonce(
    { ...metadata, ...change },
    files,
    { scryptN: 16 },
    engines,
  );
  return { outcome, checks: Object.fromEntries(checks.map((one) => [one.name, one.outcome])) };
};

test('checkNonce: what the reference wrote, pass', async () => {
  expect(await check({})).toEqual({
    outcome: 'pass',
    checks: { value: 'pass', disk: 'pass', difficulty: 'pass' },
  });
});

test('checkNonce: another NonceValue, fail', async () => {
  expect((await check({ nonceValue: new Uint8Array(16) })).checks).toMatchObject({
    value: 'fail',
    disk: 'pass',
  });
});

test('checkNonce: another Nonce, fail by value and difficulty', async () => {
  expect(await check({ nonce: 7n })).toEqual({
    outcome: 'fail',
    checks: { value: 'fail', disk: 'pass', difficulty: 'fail' },
  });
});

test('checkNonce: another NodeId, fail by value and disk', async () => {
  expect((await check({ nodeId: new Uint8Array(32) })).checks).toMatchObject({
    value: 'fail',
    disk: 'fail',
  });
});

test('checkNonce: NonceValue left out, the rest is still checked', async () => {
  expect((await check({ nonceValue: undefined })).outcome).toBe('pass');
});

test('checkNonce: no data open, inconclusive', async () => {
  expect(await check({}, [])).toMatchObject({
    outcome: 'inconclusive',
    checks: { value: 'pass', disk: 'inconclusive' },
  });
});

test('checkNonce: a Nonce beyond the data, inconclusive on disk', async () => {
  expect((await check({ nonce: 10n ** 9n, nonceValue: undefined })).checks.disk).toBe(
    'inconclusive',
  );
});

test('checkNonce: no Nonce, inconclusive; NonceValue alone, fail', async () => {
  expect((await check({ nonce: undefined, nonceValue: undefined })).outcome).toBe('inconclusive');
  expect((await check({ nonce: undefined })).outcome).toBe('fail');
});
