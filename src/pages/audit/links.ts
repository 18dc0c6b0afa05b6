/** Addresses of the audit's views; they carry the network and the audit settings of the user. */
import { toHex } from '../../base/bytes';
import type { IdMatch } from '../../state/queries/find-id';
import { href, type Params } from '../../ui/href';
import { route } from '../../ui/route.svelte';
import { matchHref } from '../shared/links';
import { network } from '../shared/network.svelte';
import { fieldNames } from './network-fields';

export type AuditView =
  '' | 'smesher' | 'epoch' | 'malfeasance' | 'rewards' | 'layers' | 'message' | 'trust';

/** Inputs that all views share: of the run (run-settings.store.svelte.ts) and of the network (network.store.svelte.ts). */
const shared = ['mode', 'seed', 'position', 'backend', 'threads', 'net', ...fieldNames] as const;

export const auditHref = (view: AuditView, params: Params = {}): string =>
  href(view ? `audit/${view}` : 'audit', {
    ...params,
    ...Object.fromEntries(shared.map((name) => [name, route.params.get(name) ?? undefined])),
    ...network.params,
  });

/** The audit of an id that was found; a coinbase has none, so State shows its rewards. */
export const auditMatchHref = (match: IdMatch): string =>
  match.kind === 'coinbase'
    ? matchHref(match)
    : auditHref(match.kind === 'atx' ? '' : 'smesher', { id: match.hex });

export const auditAtxHref = (id: Uint8Array): string => auditHref('', { id: toHex(id) });
/** Of a ballot, a block or a PoET proof. */
export const auditMessageHref = (id: Uint8Array): string => auditHref('message', { id: toHex(id) });
export const auditSmesherHref = (id: Uint8Array): string => auditHref('smesher', { id: toHex(id) });
