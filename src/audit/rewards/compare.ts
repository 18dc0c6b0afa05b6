/** What a layer should have paid, compared with the rows of the table. */
import { equalBytes, toHex } from '../../base/bytes';
import type { StoredReward } from '../layer-data';
import type { Due } from './dues';
import type { Differ } from './types';

export function compareBySmesher(
  due: readonly Due[],
  stored: readonly StoredReward[],
  differ: Differ,
): void {
  const rows = new Map(stored.map((row) => [toHex(row.smesher ?? new Uint8Array()), row]));
  for (const one of due) {
    const { smesher, coinbase } = one;
    const key = toHex(smesher);
    const row = rows.get(key);
    rows.delete(key);
    if (!row) {
      differ('reward-missing', 'The block pays this smesher, but the table has no reward of it.', {
        smesher,
        coinbase,
        expectedSmidge: one.totalSmidge,
        storedSmidge: 0n,
      });
      continue;
    }
    if (row.totalSmidge !== one.totalSmidge)
      differ('reward-total', 'The reward is not the share that the block gives.', {
        smesher,
        coinbase,
        expectedSmidge: one.totalSmidge,
        storedSmidge: row.totalSmidge,
      });
    if (row.issuanceSmidge !== one.issuanceSmidge)
      differ(
        'reward-issuance',
        'The part that is issuance is not the share that the block gives.',
        {
          smesher,
          coinbase,
          expectedSmidge: one.issuanceSmidge,
          storedSmidge: row.issuanceSmidge,
        },
      );
    if (!equalBytes(row.coinbase, coinbase))
      differ(
        'reward-coinbase',
        `The reward went to coinbase ${toHex(row.coinbase)}, but the ATX names ${toHex(coinbase)}.`,
        {
          smesher,
          coinbase: row.coinbase,
          expectedSmidge: one.totalSmidge,
          storedSmidge: row.totalSmidge,
        },
      );
  }
  for (const { smesher, coinbase, totalSmidge } of rows.values())
    differ('reward-unexpected', 'The table pays this smesher, but the block does not.', {
      smesher,
      coinbase,
      expectedSmidge: 0n,
      storedSmidge: totalSmidge,
    });
}

export function compareByCoinbase(
  due: readonly Due[],
  stored: readonly StoredReward[],
  differ: Differ,
): void {
  const sums = new Map<
    string,
    { coinbase: Uint8Array; due: [bigint, bigint]; stored: [bigint, bigint] }
  >();
  const at = (coinbase: Uint8Array) => {
    const key = toHex(coinbase);
    const sum = sums.get(key) ?? { coinbase, due: [0n, 0n], stored: [0n, 0n] };
    sums.set(key, sum);
    return sum;
  };
  for (const { coinbase, totalSmidge, issuanceSmidge } of due) {
    const sum = at(coinbase).due;
    sum[0] += totalSmidge;
    sum[1] += issuanceSmidge;
  }
  for (const { coinbase, totalSmidge, issuanceSmidge } of stored) {
    const sum = at(coinbase).stored;
    sum[0] += totalSmidge;
    sum[1] += issuanceSmidge;
  }
  for (const { coinbase, due, stored } of sums.values()) {
    const code =
      stored[0] === 0n
        ? 'reward-missing'
        : due[0] === 0n
          ? 'reward-unexpected'
          : due[0] !== stored[0]
            ? 'reward-total'
            : due[1] !== stored[1]
              ? 'reward-issuance'
              : undefined;
    const i = code === 'reward-issuance' ? 1 : 0;
    if (code && due[i] !== stored[i])
      differ(
        code,
        'What the coinbase got in this layer is not what the block gives it (these rows name no smesher).',
        { coinbase, expectedSmidge: due[i], storedSmidge: stored[i] },
      );
  }
}
