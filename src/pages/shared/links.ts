/** Addresses of the page's views. */
import { toHex } from '../../base/bytes';
import type { ExploredKind } from '../../state/queries/explore';
import type { IdMatch } from '../../state/queries/find-id';
import { href } from '../../ui/href';
import { network } from './network.svelte';

export type StateView =
  | ''
  | 'rewards'
  | 'fleet'
  | 'smesher'
  | 'atx'
  | 'smeshers'
  | 'explore'
  | 'compare'
  | 'space'
  | 'sql';

/** The address of a view; it carries the network settings of the user. */
export const viewHref = (
  view: StateView,
  params: Readonly<Record<string, string | number | undefined>> = {},
): string => href(view ? `state/${view}` : 'state', { ...params, ...network.params });

export const smesherHref = (id: Uint8Array): string => viewHref('smesher', { id: toHex(id) });
export const atxHref = (id: Uint8Array): string => viewHref('atx', { id: toHex(id) });
export const rewardsHref = (of: { smesher?: Uint8Array; coinbase?: Uint8Array }): string =>
  viewHref('rewards', {
    smesher: of.smesher && toHex(of.smesher),
    coinbase: of.coinbase && network.address(of.coinbase),
  });
/** The page of a layer, block, transaction, account or epoch. */
export const exploreHref = (kind: ExploredKind, id: string | number): string =>
  viewHref('explore', { [kind]: id });
/** The page of an id that was found. */
export const matchHref = ({ kind, hex }: IdMatch): string =>
  kind === 'smesher' || kind === 'atx'
    ? viewHref(kind, { id: hex })
    : kind === 'coinbase'
      ? viewHref('rewards', { coinbase: hex })
      : exploreHref(kind, hex);
/** The console with a query, ready to run. */
export const sqlHref = (sql: string): string => viewHref('sql', { q: sql });
/** The same identity or ATX on the Audit page. */
export const auditHref = (what: 'atx' | 'smesher', id: string): string =>
  href(what === 'atx' ? 'audit' : 'audit/smesher', { id, ...network.params });

/** What the audit verifies and what it believes: the table of docs/trust.md. */
export const trustHref = (): string => href('audit/trust', network.params);
