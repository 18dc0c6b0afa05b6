/** How the columns of the audit's tables are shown. */
import type { Cell } from '../../ui/cells';
import type { TableColumn } from '../../ui/table/columns';
import { grouped } from '../shared/columns';
import { rewardsHref } from '../shared/links';
import { auditAtxHref, auditHref, auditMessageHref, auditSmesherHref } from './links';

const smidge: TableColumn = { hint: 'in smidge; 1 SMH = 1,000,000,000 smidge', format: grouped };

const bytes =
  (to: (id: Uint8Array) => string) =>
  (value: Cell): string | undefined =>
    value instanceof Uint8Array ? to(value) : undefined;

const known: Readonly<Record<string, TableColumn>> = {
  atx: { title: 'ATX', href: bytes(auditAtxHref) },
  ballot: { href: bytes(auditMessageHref) },
  block: { href: bytes(auditMessageHref) },
  smesher: { href: bytes(auditSmesherHref) },
  coinbase: { blobFormat: 'bech32', href: bytes((coinbase) => rewardsHref({ coinbase })) },
  publish_epoch: { title: 'published in epoch' },
  effective_units: { title: 'SU', hint: 'effective storage units, as the table has them' },
  posts: { title: 'PoSTs', hint: 'in the ATX, the initial one included' },
  failed_checks: { title: 'failed' },
  not_checked: { title: 'not checked', hint: 'not possible with this database, or not asked for' },
  issuance_smidge: { ...smidge, title: 'issuance (smidge)' },
  fees_smidge: { ...smidge, title: 'fees (smidge)' },
  expected_smidge: { ...smidge, title: 'due (smidge)', hint: 'by the block, issuance and fees' },
  stored_smidge: { ...smidge, title: 'in the table (smidge)' },
  difference_smidge: { ...smidge, title: 'difference (smidge)', hint: 'in the table − due' },
  burnt_smidge: {
    ...smidge,
    title: 'burnt (smidge)',
    hint: 'not paid: rounding, empty layers',
  },
  weight: { format: grouped },
  total_weight: { title: 'network’s weight', format: grouped },
  total_from: { title: 'taken from', hint: 'what the network’s weight was added up from' },
  stated_slots: { title: 'slots stated', hint: 'by its first ballot of the epoch' },
  to_come: { title: 'to come' },
  undecided: { hint: 'with a ballot whose layer is not applied, or whose block is unknown' },
  weights_not_checked: {
    title: 'weights not checked',
    hint: 'the number of slots of the smesher is not in the database',
  },
  verified: { title: 'verified', hint: 'slots whose VRF proofs are valid' },
  eligibility: { hint: 'whether the smesher was eligible in the layer, by its VRF proofs' },
  merged_into: { title: 'merged into', href: bytes(auditSmesherHref) },
};

/** By their names. */
export const atxColumns = (names: readonly string[]): (TableColumn | undefined)[] =>
  names.map((name) => (Object.hasOwn(known, name) ? known[name] : undefined));

/** A layer links to its accounts. */
export const layerColumn: TableColumn = {
  href: (value) =>
    typeof value === 'number'
      ? auditHref('rewards', { from: String(value), to: String(value) })
      : undefined,
};
