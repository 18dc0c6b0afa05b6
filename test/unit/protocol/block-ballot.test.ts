// Every block and ballot of the sample network: ids, signatures and layers as the node has them; about 3 s.
import { beforeAll, describe, expect, test } from 'vitest';
import { ballotSignedBytes, decodeBallot } from '../../../src/protocol/ballot';
import { decodeBlock } from '../../../src/protocol/block';
import { toHex } from '../../../src/base/bytes';
import { eligibleLayer } from '../../../src/protocol/eligibility';
import { genesisId, verifySignature } from '../../../src/protocol/signing';
import type { SqlValue } from '../../../src/state/types';
import { allRows, loadNodeSql, openOnDisk } from '../../support/node-engine';

const network = genesisId(Date.parse('2026-11-21T08:46:50Z') / 1000, 'standalone');
const bytes = (value: SqlValue | undefined): Uint8Array =>
  value instanceof Uint8Array ? value : new Uint8Array();

/** Ids of 20 bytes are stored as 32, filled up with zeros. */
const stored = (id: Uint8Array): string => toHex(id).padEnd(64, '0');

let blocks: SqlValue[][];
let ballots: SqlValue[][];
beforeAll(async () => {
  const engine = openOnDisk(await loadNodeSql(), 'public/sample/state.sql');
  blocks = allRows(engine, 'SELECT id, layer, block FROM blocks');
  ballots = allRows(engine, 'SELECT id, layer, pubkey, atx, ballot FROM ballots');
});

describe('blocks', () => {
  test('have the ids and layers of their rows, and a share for everyone named', () => {
    expect(blocks).toHaveLength(125);
    for (const [id, layer, blob] of blocks) {
      const block = decodeBlock(bytes(blob));
      expect(stored(block.id)).toBe(toHex(bytes(id)));
      expect(block.layer).toBe(layer);
      expect(block.rewards.length).toBeGreaterThan(0);
      for (const { numerator } of block.rewards) expect(numerator).toBeGreaterThan(0n);
    }
  });

  test('that are cut off or longer are refused', () => {
    const blob = bytes(blocks[0]?.[2]);
    expect(() => decodeBlock(blob.subarray(0, -1))).toThrow('cannot be read');
    expect(() => decodeBlock(new Uint8Array([...blob, 0]))).toThrow('1 byte more');
  });
});

describe('ballots', () => {
  test('have the ids, layers, smeshers and ATXs of their rows', () => {
    expect(ballots).toHaveLength(664);
    for (const [id, layer, smesher, atx, blob] of ballots) {
      const ballot = decodeBallot(bytes(blob));
      expect(stored(ballot.id)).toBe(toHex(bytes(id)));
      expect(ballot.layer).toBe(layer);
      expect(toHex(ballot.smesher)).toBe(toHex(bytes(smesher)));
      expect(toHex(ballot.atx)).toBe(toHex(bytes(atx)));
    }
  });

  test('are eligible in their own layer, each slot', () => {
    const decoded = ballots.map((row) => decodeBallot(bytes(row[4])));
    expect(decoded.flatMap(({ eligibilities }) => eligibilities).length).toBeGreaterThan(5000);
    for (const { layer, eligibilities } of decoded)
      for (const { vrfSignature } of eligibilities)
        expect(eligibleLayer(vrfSignature, Math.floor(layer / 10), 10)).toBe(layer);
  });

  test('are signed by their smesher, in the domain of ballots', () => {
    for (const row of ballots.slice(0, 40)) {
      const ballot = decodeBallot(bytes(row[4]));
      const signed = ballotSignedBytes(ballot);
      const holds = (message: Uint8Array): boolean =>
        verifySignature(ballot.smesher, { network, domain: 'ballot', message }, ballot.signature);
      expect(holds(signed)).toBe(true);
      expect(holds(signed.map((byte, i) => (i === 5 ? byte ^ 1 : byte)))).toBe(false);
    }
  });
});
