// The directories of a real small network's operators, their nodes' configs and their ATXs.
import { readFileSync, readdirSync } from 'node:fs';
import { hex } from '@scure/base';
import { describe, expect, test } from 'vitest';
import { openDirectory } from '../../../../src/post/directory/directory';
import type { SmesherAtx } from '../../../../src/post/directory/node-start';
import { compareWithAtxs, nodeStart } from '../../../../src/post/directory/node-start';
import { readSmeshingConfig } from '../../../../src/protocol/node-config';
import { decodeAtx, postsOf } from '../../../../src/protocol/atx';
import { toHex } from '../../../../src/base/bytes';
import { requireMetadata } from '../../../../src/post/directory/directory';

const node = new URL('../../../data/node/', import.meta.url);
const open = (name: string) => {
  const folder = new URL(`operator/${name}/`, node);
  return openDirectory(
    readdirSync(folder).map((file) => ({
      path: `${name}/${file}`,
      file: new File([readFileSync(new URL(file, folder))], file),
    })),
  );
};
const config = (name: string) =>
  readSmeshingConfig(readFileSync(new URL(`config/${name}.json`, node), 'utf8'));
const atxs = (
  JSON.parse(readFileSync(new URL('decoded_blobs.json', node), 'utf8')) as {
    hex: string;
    version?: number;
  }[]
).flatMap(({ hex: blob, version }) => (version ? [decodeAtx(hex.decode(blob), version)] : []));

test.each(['A', 'B1', 'B2', 'B3', 'C'])('%s is complete and its nonce is right', async (name) => {
  const { findings } = await open(name);
  expect(findings.map(({ code, severity }) => [code, severity])).toEqual([
    ['complete', 'info'],
    ['nonce-matches', 'info'],
  ]);
});

describe('on the next start', () => {
  test.each(['A', 'C'])('the supervised node %s goes on', async (name) => {
    const directory = await open(name);
    expect(nodeStart(directory, config(name)).map(({ code }) => code)).toEqual([
      'would-do-nothing',
    ]);
  });

  test('the 1:N node B leaves its directories alone', async () => {
    expect(nodeStart(await open('B1'), config('B')).map(({ code }) => code)).toEqual([
      'smeshing-off',
    ]);
  });

  test("A's config over C's directory would delete a file", async () => {
    const directory = await open('C');
    const codes = nodeStart(directory, config('A')).map(({ code }) => code);
    expect(codes).toEqual(['would-shrink', 'would-delete-files']);
    const [refused] = nodeStart(directory, config('A'), requireMetadata(await open('A')).nodeId);
    expect(refused?.message).toContain('the data belongs to 68c46990');
  });
});

test('C agrees with its first ATX', async () => {
  const metadata = requireMetadata(await open('C'));
  const rows: SmesherAtx[] = atxs
    .filter(({ smesher }) => toHex(smesher) === toHex(metadata.nodeId))
    .map((atx) => ({
      publishEpoch: atx.publishEpoch,
      numUnits: postsOf(atx)[0]?.numUnits ?? 0,
      commitmentAtxId: atx.version === 1 ? atx.commitmentAtx : atx.initial?.commitmentAtx,
      vrfNonce: atx.vrfNonce,
    }));
  expect(rows).toHaveLength(1);
  expect(compareWithAtxs(metadata, rows).map(({ code }) => code)).toEqual(['atx-agrees']);
});
