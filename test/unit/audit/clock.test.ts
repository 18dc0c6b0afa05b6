/** The clock of a network, proved by the genesis id under the signatures of its messages. */
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { findClock } from '../../../src/audit/clock';
import { knownGenesis } from '../../../src/protocol/genesis';
import { genesisId, mainnetGenesis } from '../../../src/protocol/signing';
import type { Sql } from '../../../src/state/engine/sqljs';
import { asQueryable, editedCopy, loadNodeSql, openOnDisk } from '../../support/node-engine';

const sample = 'public/sample/state.sql';
let SQL: Sql;
beforeAll(async () => {
  SQL = await loadNodeSql();
});

test('findClock: the sample, the genesis time of its config.json', async () => {
  const clock = await findClock(asQueryable(openOnDisk(SQL, sample)), 10);
  expect(clock).toEqual({
    network: 'standalone',
    genesisMs: Date.parse('2026-11-21T08:46:50Z'),
    layerMs: 6000,
  });
});

test('findClock: ATXs received before their epoch began, undefined', async () => {
  // With 100 layers per epoch the ATXs of epoch 14 would come from the future.
  expect(await findClock(asQueryable(openOnDisk(SQL, sample)), 100)).toBeUndefined();
});

test.each([
  ['no blobs', 'DELETE FROM atx_blobs'],
  ['no times of receipt', 'UPDATE atxs SET received = 0'],
])('findClock: %s, undefined', async (_, statements) => {
  const path = await editedCopy(sample, statements);
  const engine = openOnDisk(SQL, path);
  expect(await findClock(asQueryable(engine), 10)).toBeUndefined();
  engine.close();
  rmSync(dirname(path), { recursive: true });
});

test('knownGenesis: the genesis ids of mainnet and of an unknown network', () => {
  const { timeS, extraData } = mainnetGenesis;
  expect(knownGenesis(genesisId(timeS, extraData))).toMatchObject({
    network: { name: 'mainnet' },
    genesisMs: timeS * 1000,
  });
  expect(knownGenesis(genesisId(timeS, 'another'))).toBeUndefined();
});
