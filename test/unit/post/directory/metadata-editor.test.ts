import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { MetadataChange } from '../../../../src/post/directory/metadata-editor';
import {
  editMetadata,
  fieldRules,
  isConfirmed,
} from '../../../../src/post/directory/metadata-editor';
import { readMetadata } from '../../../../src/protocol/metadata';

const text = readFileSync(
  new URL('../../../data/post/posdata/go-n16/postdata_metadata.json', import.meta.url),
  'utf8',
);
const { metadata } = readMetadata(text);
const id = '11'.repeat(32);

test('no change writes the file as it was', () => {
  expect(editMetadata(metadata, {})).toMatchObject({
    changes: [],
    allowed: true,
    warnings: [],
    text,
  });
});

test('the same value is not a change', () => {
  expect(editMetadata(metadata, { nonce: '1386', nodeId: metadata.nodeId }).changes).toEqual([]);
});

test.each([
  ['nodeId', { nodeId: id }],
  ['commitmentAtxId', { commitmentAtxId: id }],
  ['labelsPerUnit', { labelsPerUnit: 1024 }],
  ['maxFileSize', { maxFileSize: '4096' }],
] as const)('%s must never be changed', (field, change: MetadataChange) => {
  const edit = editMetadata(metadata, change, { hasAtx: false });
  expect(edit.allowed).toBe(false);
  expect(edit.danger).toContain('must never be changed');
  expect(edit.changes).toEqual([{ field, ...fieldRules[field] }]);
});

test('NumUnits only before the first ATX', () => {
  expect(editMetadata(metadata, { numUnits: 3 }, { hasAtx: false })).toMatchObject({
    allowed: true,
    danger: undefined,
    warnings: [expect.stringContaining('deletes the files beyond') as string],
  });
  expect(editMetadata(metadata, { numUnits: 3 }, { hasAtx: true }).danger).toContain(
    'this identity has published one',
  );
  expect(editMetadata(metadata, { numUnits: 5 }).danger).toContain('open a state.sql');
});

test('editMetadata: NumUnits grows, dangerous even before the first ATX', () => {
  const edit = editMetadata(metadata, { numUnits: 5 }, { hasAtx: false });
  expect(edit.allowed).toBe(false);
  expect(edit.danger).toContain('smeshing-opts-numunits');
});

test('isConfirmed: only the names of all dangerous fields', () => {
  const edit = editMetadata(metadata, { nodeId: id, numUnits: 5, lastPosition: 3 });
  expect(edit.confirmation).toBe('NodeId NumUnits');
  expect(['', 'NodeId', 'yes', 'NumUnits NodeId'].map((typed) => isConfirmed(edit, typed))).toEqual(
    [false, false, false, false],
  );
  expect(isConfirmed(edit, ' nodeid  NUMUNITS ')).toBe(true);
  expect(editMetadata(metadata, { lastPosition: 3 }).confirmation).toBe('');
});

test('the nonce always, together with its value', () => {
  const edit = editMetadata(metadata, {
    nonce: 149n,
    nonceValue: '000dde830c817f0ccc555e6b2dd1d1c1',
  });
  expect(edit).toMatchObject({ allowed: true, warnings: [] });
  expect(readMetadata(edit.text).metadata).toEqual(edit.metadata);
  expect(editMetadata(metadata, { nonce: 149n }).warnings[0]).toContain('NonceValue was not');
  expect(editMetadata(metadata, { nonce: '', nonceValue: null }).text).not.toContain('Nonce');
  expect(editMetadata(metadata, { nonce: null }).warnings[0]).toContain('without Nonce');
  expect(editMetadata(metadata, { nonce: 99999, nonceValue: null }).warnings[0]).toContain(
    'beyond',
  );
});

test.each([
  [{ nonce: -1 }, 'Nonce must be a whole number'],
  [{ nonce: 2n ** 64n }, 'Nonce must be a whole number'],
  [{ numUnits: 2 ** 32 }, 'NumUnits must be a whole number from 0 to 4294967295'],
  [{ labelsPerUnit: '1e3' }, 'LabelsPerUnit must be'],
  [{ maxFileSize: null }, 'MaxFileSize must be'],
  [{ nodeId: 'abc' }, 'NodeId'],
  [{ nodeId: 5 }, 'NodeId must be bytes'],
  [{ nonceValue: 'abcd' }, 'NonceValue'],
])('%o is refused', (change: MetadataChange, reason) => {
  expect(() => editMetadata(metadata, change)).toThrow(reason);
});
