/**
 * How columns of the node's tables are shown, by their names: which form a BLOB has, what a number counts,
 * and which page an id leads to. Names are those of go-spacemesh's schema and of the ready queries.
 */
import { addressBytes, formatAddress } from '../../protocol/address';
import { toHex } from '../../base/bytes';
import { validityHint } from '../../state/validity';
import type { BlobFormat, Cell } from '../../ui/cells';
import type { TableColumn } from '../../ui/table/columns';
import { formatCount } from '../../base/format';
import type { StateView } from './links';

const smesherNames =
  /^(pubkey|smesher|smesher_id|publisher|member|node_id|marriage_target|target)$/;
const atxNames =
  /^(atx|atx_id|atxid|prev_atx|prev_atxid|prev_id|marriage_atx|commitment_atx|commit_atx|pos_atx|previous_atx)$/;
const coinbaseNames = /^coinbase$/;
const accountNames = /^(address|principal|account)$/;
const layerNames = /^(layer|first_layer|last_layer|layer_updated)$/;

const hints: readonly (readonly [RegExp, string])[] = [
  [/^(total_reward|layer_reward|balance|.*_smidge)$/, 'in smidge; 1 SMH = 1,000,000,000 smidge'],
  [/^(received|timestamp|time)$/, 'Unix time in nanoseconds'],
  [/_unix_s$/, 'Unix time in seconds'],
  [/^(effective_num_units|units|num_units|own_units|atx_units)$/, 'storage units (SU)'],
  [
    /^(epoch|publish_epoch)$/,
    'for ATXs: the epoch in which it was published; it earns in the next',
  ],
  [/^target_epoch$/, 'the epoch in which the ATX earns'],
  [/^(tick_count|ticks|.*_ticks)$/, 'PoET ticks'],
  [/^weight$/, 'storage units × ticks'],
  [/^validity$/, `ATXs: ${validityHint} Blocks: 1 valid, −1 invalid.`],
];

/** An id as hex, whether the query gave the BLOB or wrote it out. */
function idOf(value: Cell, bytes: number): string | undefined {
  if (value instanceof Uint8Array) return value.length === bytes ? toHex(value) : undefined;
  return typeof value === 'string' && new RegExp(`^[0-9a-fA-F]{${bytes * 2}}$`).test(value)
    ? value.toLowerCase()
    : undefined;
}

type Link = (view: StateView, params: Readonly<Record<string, string>>) => string;

/** What is known of a column of that name; `link` makes the addresses of the page's views. */
export function columnFor(name: string, link: Link): TableColumn | undefined {
  const leadsTo =
    (view: StateView, param: string, bytes: number) =>
    (value: Cell): string | undefined => {
      const id = idOf(value, bytes);
      return id === undefined ? undefined : link(view, { [param]: id });
    };
  const lower = name.toLowerCase();
  const hint = hints.find(([pattern]) => pattern.test(lower))?.[1];
  const said = hint ? { hint: `${name}: ${hint}` } : {};
  if (smesherNames.test(lower)) return { ...said, href: leadsTo('smesher', 'id', 32) };
  if (atxNames.test(lower)) return { ...said, href: leadsTo('atx', 'id', 32) };
  if (coinbaseNames.test(lower))
    return {
      ...said,
      blobFormat: 'bech32',
      href: leadsTo('rewards', 'coinbase', addressBytes),
    };
  if (accountNames.test(lower))
    return {
      ...said,
      blobFormat: 'bech32',
      href: leadsTo('explore', 'account', addressBytes),
    };
  if (lower === 'transaction_id') return { ...said, href: leadsTo('explore', 'transaction', 32) };
  if (lower === 'block_id' || lower === 'applied_block')
    return { ...said, href: leadsTo('explore', 'block', 20) };
  if (layerNames.test(lower))
    return {
      ...said,
      href: (value) =>
        typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
          ? link('explore', { layer: String(value) })
          : undefined,
    };
  if (lower === 'round_id') return { ...said, blobFormat: 'text' };
  return hint ? said : undefined;
}

/** A count or an amount with its thousands apart; copied and exported without. */
export const grouped = (value: Cell): string =>
  typeof value === 'number' || typeof value === 'bigint'
    ? formatCount(value)
    : value === null
      ? '–'
      : String(value);

/** Addresses under the prefix of the network that the database is of. */
export const addressFormat = (prefix: string): BlobFormat => ({
  id: 'bech32',
  name: `address (${prefix}1…)`,
  format: (bytes) => (bytes.length === addressBytes ? formatAddress(bytes, prefix) : undefined),
});
