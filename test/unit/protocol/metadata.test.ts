import { describe, expect, test } from 'vitest';
import { toBase64 } from '../../../src/base/bytes';
import { WorkbenchError } from '../../../src/base/error';
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
      'The node reads NumUnits as 3, but post-rs as 2: the key occurs in two spellings.',
    ]);
  });

  test('null clears what an earlier duplicate set, but not a number', () => {
    const { metadata, postRs } = readMetadata(
      file(', "NumUnits": 2, "NumUnits": null, "Nonce": 7, "Nonce": null'),
    );
    expect(metadata).toMatchObject({ numUnits: 2, nonce: undefined });
    expect(postRs).toMatchObject({ ok: false, place: { line: 1 } });
  });

  test('null instead of an id or a number: nothing to the node, refused by post-rs', () => {
    const without = (key: string) =>
      readMetadata(file(', "NumUnits": 1').replace(new RegExp(`("${key}": )[^,}]+`), '$1null'));
    const noId = without('NodeId');
    expect(noId.metadata.nodeId).toHaveLength(0);
    expect(noId).toMatchObject({
      node: { ok: true },
      postRs: { ok: false, reason: 'NodeId is null' },
    });
    expect(without('LabelsPerUnit')).toMatchObject({
      metadata: { labelsPerUnit: 0n },
      node: { ok: true },
      postRs: { ok: false, reason: 'LabelsPerUnit is null' },
    });
  });

  test('an id with a line break in it: read by the node alone', () => {
    const broken = file(', "NumUnits": 1').replace(
      'CommitmentAtxId": "teT+',
      'CommitmentAtxId": "te\\r\\nT+',
    );
    const { metadata, node, postRs } = readMetadata(broken);
    expect(toBase64(metadata.commitmentAtxId)).toBe(id);
    expect([node.ok, postRs.ok]).toEqual([true, false]);
  });

  test.each([
    ['the padding left out', id.slice(0, -1), false, true],
    ['one sign of padding too many', `${id}=`, false, false],
    ['padding in front', `=${id.slice(0, -1)}`, false, false],
    ['padding in the middle', `${id.slice(0, 20)}=${id.slice(20, -1)}`, false, false],
  ])('an id with %s', (_, written, node, postRs) => {
    const text = file(', "NumUnits": 1').replace(id, written);
    if (node || postRs)
      expect(readMetadata(text)).toMatchObject({ node: { ok: node }, postRs: { ok: postRs } });
    else expect(failure(text).code).toBe('metadata-invalid');
  });

  test('an id of 31 bytes is one to the node, and its length is named', () => {
    const short = toBase64(new Uint8Array(31));
    expect(readMetadata(file(', "NumUnits": 1').replace(id, short))).toMatchObject({
      node: { ok: true },
      postRs: { ok: false, reason: 'NodeId has 31 bytes, but an id has 32' },
    });
  });

  test('a nonce in another spelling is none to post-rs', () => {
    const { remarks } = readMetadata(
      file(', "NumUnits": 2, "nonce": 7, "LastPosition": 9, "lastposition": null'),
    );
    expect(remarks).toEqual([
      'The node reads Nonce as 7, but post-rs as none: the key occurs in two spellings.',
      'The node reads LastPosition as none, but post-rs as 9: the key occurs in two spellings.',
    ]);
  });

  test('a nonce value in capitals is read, one that is not text is not', () => {
    const { metadata } = readMetadata(file(', "NumUnits": 1, "NonceValue": "00FF"'));
    expect(metadata.nonceValue).toEqual(Uint8Array.of(0, 255));
    expect(readMetadata(file(', "NumUnits": 1, "NonceValue": 7'))).toMatchObject({
      node: { ok: false, reason: 'NonceValue must be hex in quotes' },
      postRs: { ok: true },
    });
  });

  test('a duplicate that the node overrides must still be of the right type', () => {
    expect(failure(file(', "NumUnits": "2", "NumUnits": 2')).code).toBe('metadata-invalid');
  });

  test('keys that are never read are named, with what was meant', () => {
    const { remarks } = readMetadata(file(', "NumUnits": 2, "last_position": 4, "Foo": {}'));
    expect(remarks).toEqual([
      'The key “last_position” is not read by the node or by post-rs. Rename it to “LastPosition”.',
      'The key “Foo” is unknown to the node and to post-rs; both ignore it.',
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

test('an id that is not text is refused by both, each in its words', () => {
  expect(failure(file(', "NumUnits": 1').replace(`"${id}"`, '5')).details).toMatchObject({
    node: { ok: false, reason: 'NodeId must be base64 in quotes' },
    postRs: { ok: false, reason: 'NodeId must be base64 in quotes' },
  });
});

test.each([0n, 8n, 1000n])('files of %d bytes hold no complete labels', (maxFileSize) => {
  expect(() => labelsPerFile({ maxFileSize })).toThrow(
    expect.objectContaining({
      code: 'max-file-size-invalid',
      message: expect.stringContaining('multiple of 16 bytes') as string,
      details: { maxFileSize },
    }),
  );
});
