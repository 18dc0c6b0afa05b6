/**
 * k2pow services behind HAProxy: one address for the nodes, each search on a free service, queued while all are busy.
 * A k2pow-service (post-rs v0.8.5, k2pow-service/src/job_manager.rs) does one job at a time and answers 429 to a further one;
 * a client asks again until the result is there, so all requests for one job must reach one service.
 * Source: HAProxy 2.6 configuration manual.
 */
import { WorkbenchError } from '../base/error';

export interface PowBackend {
  readonly name: string;
  /** "10.0.0.7:3000" */
  readonly address: string;
  readonly hashesPerS: number;
}

export interface PowBalance {
  readonly listen: string;
  readonly services: readonly PowBackend[];
  /** Together, at least. */
  readonly wantedHashesPerS: number;
}

const addressPattern = /^(?:[\w.-]+|\[[0-9a-f:]+\]):\d{1,5}$/i;

/**
 * A complete haproxy.cfg. The URI of a job (identity, nonce group, challenge) decides its service, by a consistent hash that is
 * weighted with the speeds.
 * @throws WorkbenchError `haproxy-not-valid`, `haproxy-too-slow`
 */
export function haproxyConfig({ listen, services, wantedHashesPerS }: PowBalance): string {
  const refuse = (message: string): never => {
    throw new WorkbenchError('haproxy-not-valid', message);
  };
  if (services.length === 0) refuse('There is no k2pow service. Name one.');
  if (new Set(services.map(({ name }) => name)).size < services.length)
    refuse('Two k2pow services have one name. Give each its own.');
  for (const { name, address, hashesPerS } of services) {
    if (!/^[\w.-]+$/.test(name)) refuse(`“${name}” cannot name a server. Use letters and digits.`);
    if (!addressPattern.test(address)) refuse(`“${address}” is not host:port.`);
    if (!(hashesPerS > 0)) refuse(`The speed of ${name} is not above 0 hashes/s.`);
  }
  if (!addressPattern.test(listen)) refuse(`“${listen}” is not host:port.`);
  const total = services.reduce((sum, { hashesPerS }) => sum + hashesPerS, 0);
  if (total < wantedHashesPerS)
    throw new WorkbenchError(
      'haproxy-too-slow',
      `These services compute ${Math.round(total)} hashes/s together, ${Math.round(wantedHashesPerS)} are wanted. Add services, or plan fewer nonces.`,
      { total, wantedHashesPerS },
    );
  const fastest = Math.max(...services.map(({ hashesPerS }) => hashesPerS));
  const servers = services
    .map(({ name, address, hashesPerS }) => {
      const weight = Math.max(1, Math.round((hashesPerS / fastest) * 256));
      return `    server ${name} ${address} check weight ${weight}`;
    })
    .join('\n');
  return `global
    maxconn 1024

defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    # 429: the service computes another job. The client asks again.
    retries 2
    option redispatch

frontend k2pow
    bind ${listen}
    http-request deny deny_status 405 unless METH_GET
    http-request deny deny_status 404 unless { path_reg ^/job/[0-9a-f]{64}/[0-9]{1,3}/[0-9a-f]{16}/[0-9a-f]{64}$ } or { path / }
    default_backend services

backend services
    balance uri
    hash-type consistent
    option httpchk GET /
    http-check expect status 200
${servers}
`;
}
