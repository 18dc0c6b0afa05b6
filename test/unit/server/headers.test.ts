import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  contentSecurityPolicy,
  developmentHeaders,
  headersFile,
  metaPolicy,
  securityHeaders,
} from '../../../src/server/headers';

const directive = (policy: string, name: string): string | undefined =>
  policy
    .split('; ')
    .find((part) => part.startsWith(`${name} `))
    ?.slice(name.length + 1);

describe('contentSecurityPolicy', () => {
  test.each([
    ['/', "'self'"],
    ['/index.html', "'self'"],
    ['/tools/workbench/', "'self'"],
    ['/node.html', "'self' http: https:"],
    ['/node', "'self' http: https:"],
    ['/a/b/node.html', "'self' http: https:"],
    ['/identity.html', "'none'"],
    ['/identity', "'none'"],
    ['/service-worker.js', "'self'"],
    ['/assets/state.worker-BgDnOWGX.js', "'none'"],
    ['/assets/node-DPYO0F7o.js', "'none'"],
    ['/assets/node.js', "'none'"],
    ['/node.html/x', "'none'"],
    ['/notnode.html', "'none'"],
    ['/service-worker.js.map', "'none'"],
  ])('contentSecurityPolicy: %s, connects to %s', (path, connections) => {
    expect(directive(contentSecurityPolicy(path), 'connect-src')).toBe(connections);
  });

  test('contentSecurityPolicy: the Identity document, starts no worker', () => {
    expect(directive(contentSecurityPolicy('/identity.html'), 'worker-src')).toBe("'none'");
    expect(directive(contentSecurityPolicy('/'), 'worker-src')).toBe("'self'");
  });

  test('contentSecurityPolicy: every path, forbids frames and untrusted script text', () => {
    for (const path of [
      '/',
      '/identity.html',
      '/node.html',
      '/assets/x.js',
      '/service-worker.js',
    ]) {
      const policy = contentSecurityPolicy(path);
      expect(directive(policy, 'frame-ancestors')).toBe("'none'");
      expect(directive(policy, 'require-trusted-types-for')).toBe("'script'");
      expect(directive(policy, 'default-src')).toBe("'none'");
      expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'/);
    }
  });

  test('metaPolicy: a document, has what a meta element can enforce', () => {
    expect(`${metaPolicy('/identity.html')}; frame-ancestors 'none'`).toBe(
      contentSecurityPolicy('/identity.html'),
    );
  });
});

describe('securityHeaders', () => {
  test('securityHeaders: the Node document, isolates without asking other servers for headers', () => {
    expect(securityHeaders('/node.html')['Cross-Origin-Embedder-Policy']).toBe('credentialless');
    expect(securityHeaders('/')['Cross-Origin-Embedder-Policy']).toBe('require-corp');
  });

  test('developmentHeaders: every path, leaves the policy to the build', () => {
    expect(developmentHeaders('/')).not.toHaveProperty('Content-Security-Policy');
    expect(developmentHeaders('/')).toHaveProperty('Cross-Origin-Opener-Policy', 'same-origin');
  });
});

describe('headersFile', () => {
  const rules = headersFile()
    .trimEnd()
    .split(/\n(?=\/)/)
    .map((rule) => {
      const [path = '', ...headers] = rule.split('\n');
      return { path, headers };
    });

  test('headersFile: each address, is matched by one rule, because hosts join those of several', () => {
    const patterns = rules.map(({ path }) => new RegExp(`^${path.replace('*', '.*')}$`));
    for (const address of [
      ...['/', '/index.html', '/identity.html', '/identity', '/node.html', '/node'],
      ...['/service-worker.js', '/assets/state.worker-1.js', '/sample/state.sql'],
    ])
      expect(
        patterns.filter((pattern) => pattern.test(address)),
        address,
      ).toHaveLength(1);
  });

  test('headersFile: each rule, has the headers of its path within the limits of hosts', () => {
    for (const { path, headers } of rules) {
      expect(headers).toEqual(
        Object.entries(securityHeaders(path)).map(([name, value]) => `  ${name}: ${value}`),
      );
      // Cloudflare Pages: 2,000 characters in a line.
      for (const line of headers) expect(line.length).toBeLessThan(2000);
    }
  });
});

describe('docs/hosts', () => {
  test.each(['nginx.conf', 'Caddyfile', 'apache.htaccess'])(
    'docs/hosts: %s, has the policy of each kind of file and every other header',
    (name) => {
      const text = readFileSync(new URL(`../../../docs/hosts/${name}`, import.meta.url), 'utf8');
      expect(
        [...text.matchAll(/"(default-src [^"]*)"/g)].map(([, policy]) => policy).sort(),
      ).toEqual(
        ['/', '/identity.html', '/node.html', '/service-worker.js', '/assets/x.js']
          .map(contentSecurityPolicy)
          .sort(),
      );
      for (const header of Object.keys(securityHeaders('/'))) expect(text).toContain(header);
    },
  );
});
