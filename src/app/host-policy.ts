/**
 * Whether workers obey a policy here. A document carries its own in a `<meta>`; that of a worker comes with its response,
 * from the host or from the service worker of the app (src/server/headers.ts).
 */
import type { DocumentName } from '../pages/shared/documents';

/** `absent`: a worker's response has no policy. `frameable`: the document's has none, so another site may frame it. */
export type HostPolicy = 'enforced' | 'absent' | 'frameable' | 'unknown';

/** Names of the directives with their values, the first of each: later ones have no effect. */
function readPolicy(text: string | null): ReadonlyMap<string, string> {
  const directives = new Map<string, string>();
  for (const directive of (text ?? '').split(';')) {
    const [name = '', ...values] = directive.trim().split(/\s+/);
    if (name !== '' && !directives.has(name.toLowerCase()))
      directives.set(name.toLowerCase(), values.join(' '));
  }
  return directives;
}

/** Judges the policies that came with a worker's script and with a document. */
export function judgePolicies(worker: string | null, document: string | null): HostPolicy {
  const limits = readPolicy(worker);
  if ((limits.get('connect-src') ?? limits.get('default-src')) !== "'none'") return 'absent';
  return readPolicy(document).has('frame-ancestors') ? 'enforced' : 'frameable';
}

/**
 * Asks for both as the browser does, through the service worker if there is one. The Identity document may not ask, and
 * starts no worker. `unknown` where no response comes.
 */
export async function readHostPolicy(
  workerUrl: string,
  document: DocumentName,
): Promise<HostPolicy> {
  if (document === 'identity.html') return 'unknown';
  try {
    const responses = await Promise.all([workerUrl, `./${document}`].map((url) => fetch(url)));
    if (!responses.every(({ ok }) => ok)) return 'unknown';
    for (const { body } of responses) void body?.cancel();
    const [worker = null, page = null] = responses.map(({ headers }) =>
      headers.get('content-security-policy'),
    );
    return judgePolicies(worker, page);
  } catch {
    return 'unknown';
  }
}

/** What it means, and what to do; undefined where all is as it should be. */
export function hostPolicyNotice(
  policy: HostPolicy,
): { readonly title: string; readonly text: string } | undefined {
  switch (policy) {
    case 'absent':
      return {
        title: 'This host sends no security policy for background workers',
        text:
          'The page itself can only connect to the addresses that its own policy allows, but the browser does not limit its ' +
          'workers. Reload the page: its service worker then adds the policy, if your browser allows service workers. ' +
          'The operator of this host can send the headers that “Deploy it” in the README lists.',
      };
    case 'frameable':
      return {
        title: 'This host lets other sites show this page in a frame',
        text:
          'Another site could then place its own content over the buttons here. Reload the page: its service worker then ' +
          'forbids it, if your browser allows service workers. The operator of this host can send the headers that “Deploy it” ' +
          'in the README lists.',
      };
    case 'enforced':
    case 'unknown':
      return undefined;
  }
}
