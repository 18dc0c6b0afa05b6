import type { Evidence, PoetFacts } from '../../audit/evidence';
import { inspectAtx, type Inspection } from '../../audit/inspect/inspect-atx';
import type { InspectedNetwork } from '../../audit/inspect/inspected';
import { inspectPoet } from '../../audit/inspect/poets';
import type { Bytes } from '../../base/bytes';
import { expose } from '../rpc';

/** Judges evidence: signatures and hashes by the hundred, which would hold up a page. */
class AuditWorker {
  inspectAtx(evidence: Evidence, network: InspectedNetwork): Inspection {
    return inspectAtx(evidence, network);
  }

  inspectPoet(blob: Bytes): PoetFacts {
    return inspectPoet(blob);
  }
}

export type AuditWorkerApi = AuditWorker;

expose(new AuditWorker());
