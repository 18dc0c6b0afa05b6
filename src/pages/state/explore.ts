/** What the Explore view asks for, and how its facts are shown. */
import type { ExploredKind } from '../../state/queries/explore';

/** "layer 90", "epoch 9", or a number of at most three digits, which is a layer: longer ones may begin an id. */
export function placeIn(
  text: string,
):
  { readonly kind: Extract<ExploredKind, 'layer' | 'epoch'>; readonly number: number } | undefined {
  const [, word, digits] = /^\s*(?:(layer|epoch)\s+)?(\d{1,9})\s*$/i.exec(text) ?? [];
  if (digits === undefined || (word === undefined && digits.length > 3)) return undefined;
  return { kind: word?.toLowerCase() === 'epoch' ? 'epoch' : 'layer', number: Number(digits) };
}

export const exploredKinds = ['layer', 'block', 'transaction', 'account', 'epoch'] as const;

/** Names of facts that are not their column's own. */
export const factTitles: Readonly<Record<string, string>> = {
  block_id: 'block',
  transaction_id: 'transaction',
  state_hash: 'state hash',
  aggregated_hash: 'aggregated hash',
  weak_coin: 'weak coin',
  tick_height: 'tick height',
  next_nonce: 'next transaction number',
  nonce: 'transaction number',
  total_reward: 'rewards (smidge)',
  fee_smidge: 'fee (smidge)',
  first_layer: 'first layer',
  last_layer: 'last layer',
  paid_layers: 'paid layers',
  balance: 'balance (smidge)',
  units: 'SU',
  atxs: 'ATXs',
};
