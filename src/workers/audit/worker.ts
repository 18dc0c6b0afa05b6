import { inspectAtx } from '../../audit/inspect/inspect-atx';
import { inspectPoet } from '../../audit/inspect/poets';
import { expose } from '../rpc';
import type { AuditWorkerApi } from './api';

const api: AuditWorkerApi = { inspectAtx, inspectPoet };
expose(api);
