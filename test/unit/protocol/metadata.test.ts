import { describe, expect, test } from 'vitest';
import { WorkbenchError } from '../../../src/protocol/error';
import { labelsPerFile, readMetadata, writeMetadata } from '../../../src/protocol/metadata';

const id = 'teT+e7pMbB9rV1KItLOXQHGfNYvcmxmKghWxKblAh9Y=';
const file = (fields: string) =>
  `{"NodeId": "${id}", "CommitmentAtxId": "${id}", "LabelsPerUnit": 512, "MaxFileSize": 1024${fields}}`;
const failure = (text: string): WorkbenchError => {
  try {
    readMetadata(text);
  } catch (error) {
    if (error instanceof WorkbenchError) return error;
  }
  throw new Error('it was read');
};

describe('where the references differ', () => {
  test('one key in two spellings: each takes its own', () => {
    const { metadata, remarks } = readMetadata(file(', "NumUnits": 2, "numunits": 3'));
    expect(metadata.numUnits).toBe(3);
    expect(remarks).toEqual([
      'The node reads NumUnits as 3, but post-rs as 2: the key stands there in two spellings.',
    ]);
  });

  test('null clears what an earlier duplicate set, but not a number', () => {
    const { metadata, postRs } = readMetadata(
      file(', "NumUnits": 2, "NumUnits": null, "Nonce": 7, "Nonce": null'),
    );
    expect(metadata).toMatchObject({ numUnits: 2, nonce: undefined });
    expect(postRs).toMatchObject({ ok: false, place: { line: 1 } });
  });

  test('a duplicate that the node overrides must still be of the right type', () => {
    expect(failure(file(', "NumUnits": "2", "NumUnits": 2')).code).toBe('metadata-invalid');
  });

  test('keys that nobody reads are named, with what was meant', () => {
    const { remarks } = readMetadata(file(', "NumUnits": 2, "last_position": 4, "Foo": {}'));
    expect(remarks).toEqual([
      'The key “last_position” is read by neither the node nor post-rs: it must be called “LastPosition”.',
      'The key “Foo” means nothing to the node or to post-rs; both ignore it.',
    ]);
  });

  test('of thousands of unknown keys only some are named', () => {
    const many = Array.from({ length: 5000 }, (_, i) => `, "k${i}": 0`).join('');
    expect(readMetadata(file(`, "NumUnits": 1${many}`)).remarks.length).toBeLessThan(30);
  });
});

describe('what neither reads', () => {
  test('points at the place', () => {
    const error = failure(file(',\n  "NumUnits": 2.5'));
    expect(error.code).toBe('metadata-invalid');
    expect(error.details).toMatchObject({ line: 2, column: 15 });
    expect(error.message).toContain(
      'NumUnits must be a whole number from 0 to 4294967295, without quotes, point or sign (line 2, column 15):\n  "NumUnits": 2.5',
    );
  });

  test.each([
    ['[]', 'must be a JSON object'],
    ['"text"', 'must be a JSON object'],
    [`{"NodeId": [1]}`, 'NodeId must be base64'],
    [file(', "NumUnits": 1, "Nonce": -1'), 'Nonce must be a whole number'],
  ])('%s', (text, reason) => {
    expect(failure(text).message).toContain(reason);
  });
});

test('an id that was not there is written as null, as the node does', () => {
  expect(writeMetadata(readMetadata('{}').metadata)).toBe(
    '{\n\t"NodeId": null,\n\t"CommitmentAtxId": null,\n\t"LabelsPerUnit": 0,\n\t"NumUnits": 0,\n\t"MaxFileSize": 0\n}',
  );
});

test.each([0n, 8n, 1000n])('files of %d bytes hold no whole labels', (maxFileSize) => {
  expect(() => labelsPerFile({ maxFileSize })).toThrow('multiple of 16 bytes');
});
