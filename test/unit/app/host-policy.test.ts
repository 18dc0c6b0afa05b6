import { describe, expect, test } from 'vitest';
import { hostPolicyNotice, judgePolicies } from '../../../src/app/host-policy';
import { contentSecurityPolicy } from '../../../src/server/headers';

const worker = contentSecurityPolicy('/assets/state.worker-1.js');
const page = contentSecurityPolicy('/index.html');

describe('judgePolicies', () => {
  test('judgePolicies: the headers of the app, are enforced', () => {
    expect(judgePolicies(worker, page)).toBe('enforced');
  });

  test.each([
    ['no header', null],
    ['an empty header', ''],
    ['a policy of something else', "frame-ancestors 'none'"],
    ['a policy that lets workers connect', "default-src 'none'; connect-src *"],
    ['the policy of a document', page],
    ['a policy whose first directive counts', "connect-src *; connect-src 'none'"],
  ])('judgePolicies: %s for workers, is absent', (_, header) => {
    expect(judgePolicies(header, page)).toBe('absent');
  });

  test('judgePolicies: a host that forbids everything by default, is enforced', () => {
    expect(judgePolicies("DEFAULT-SRC 'none'; script-src 'self'", page)).toBe('enforced');
  });

  test('judgePolicies: a document without frame-ancestors, is frameable', () => {
    expect(judgePolicies(worker, null)).toBe('frameable');
    expect(judgePolicies(worker, "default-src 'none'")).toBe('frameable');
  });

  test('hostPolicyNotice: what is enforced or unknown, states nothing', () => {
    expect(hostPolicyNotice('enforced')).toBeUndefined();
    expect(hostPolicyNotice('unknown')).toBeUndefined();
    for (const policy of ['absent', 'frameable'] as const)
      expect(hostPolicyNotice(policy)?.text).toContain('Reload the page');
  });
});
