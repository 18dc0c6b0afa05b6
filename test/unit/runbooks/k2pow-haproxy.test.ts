import { expect, test } from 'vitest';
import { haproxyConfig } from '../../../src/runbooks/k2pow-haproxy';

const services = [
  { name: 'gpu', address: '10.0.0.7:3000', hashesPerS: 8000 },
  { name: 'cpu', address: '10.0.0.8:3000', hashesPerS: 2000 },
];
const balance = { listen: '127.0.0.1:3000', services, wantedHashesPerS: 9000 };

test('haproxyConfig: a server for each service, weighted by its speed', () => {
  const lines = haproxyConfig(balance).split('\n');
  expect(lines.filter((line) => line.startsWith('    server '))).toEqual([
    '    server gpu 10.0.0.7:3000 check weight 256',
    '    server cpu 10.0.0.8:3000 check weight 64',
  ]);
  expect(lines).toContain('    bind 127.0.0.1:3000');
  expect(lines).toContain('    balance uri');
});

test('haproxyConfig: less than the hashes wanted, refused with both numbers', () => {
  expect(() => haproxyConfig({ ...balance, wantedHashesPerS: 12_000 })).toThrow(
    /^These services compute 10000 hashes\/s together, 12000 are wanted\./,
  );
});

test.each([
  ['no service', { services: [] }],
  ['one name twice', { services: [services[0], services[0]] as typeof services }],
  [
    'a name that ends its line',
    { services: [{ ...services[0], name: 'a\nb' }] as typeof services },
  ],
  ['an address with a space', { listen: '127.0.0.1:1 user root' }],
  ['no speed', { services: [{ ...services[0], hashesPerS: 0 }] as typeof services }],
])('haproxyConfig: %s, refused', (_what, change) => {
  expect(() => haproxyConfig({ ...balance, ...change })).toThrow(
    expect.objectContaining({ code: 'haproxy-not-valid' }),
  );
});
