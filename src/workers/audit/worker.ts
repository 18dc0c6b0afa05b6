import { inspectAtx } from '../../audit/inspect/inspect-atx';
import { inspectPoet } from '../../audit/inspect/poets';
import { expose } from '../rpc';
import type { AuditWorkerApi } from '../../audit/worker-api';

const api: AuditWorkerApi = { inspectAtx, inspectPoet };
expose(api);
