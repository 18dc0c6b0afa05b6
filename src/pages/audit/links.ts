/** Addresses of the audit's views; what the person said of the network goes along. */
import { toHex } from '../../protocol/bytes';
import { href, type Params } from '../../ui/href';
import { network } from '../state/network.svelte';
import { auditNetwork } from './network.svelte';

export type AuditView = '' | 'smesher' | 'epoch' | 'malfeasance' | 'rewards';

export const auditHref = (view: AuditView, params: Params = {}): string =>
  href(view ? `audit/${view}` : 'audit', { ...params, ...auditNetwork.params, ...network.params });

export const auditAtxHref = (id: Uint8Array): string => auditHref('', { id: toHex(id) });
export const auditSmesherHref = (id: Uint8Array): string => auditHref('smesher', { id: toHex(id) });
