/** What the audit worker offers: it judges evidence, signatures and hashes by the hundred, which would block a page. */
import type { Bytes } from '../base/bytes';
import type { Evidence, PoetFacts } from './evidence';
import type { Inspection } from './inspect/inspect-atx';
import type { InspectedNetwork } from './inspect/inspected';

export interface AuditWorkerApi {
  inspectAtx(evidence: Evidence, network: InspectedNetwork): Inspection;
  inspectPoet(blob: Bytes): PoetFacts;
}
