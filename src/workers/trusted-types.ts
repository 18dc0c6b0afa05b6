/**
 * What may become code. Under the policy of the app (src/server/headers.ts) every address of a worker passes through here:
 * it must name a script of this very deployment. Text never becomes markup or code.
 */

/** Not yet in TypeScript's libraries. */
interface TrustedTypesFactory {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): unknown;
}

/** @returns the address of a script below `base`; throws for every other */
export function ownScriptUrl(url: string, base: URL): string {
  const resolved = new URL(url, base);
  if (resolved.origin === base.origin && resolved.pathname.startsWith(base.pathname))
    return resolved.href;
  throw new TypeError(`${resolved.href} is not a script of this workbench.`);
}

/** Called once per document and worker, before the first script is started from it. */
export function guardScriptUrls(): void {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypesFactory };
  if (!trustedTypes) return;
  const base = new URL('.', location.href);
  trustedTypes.createPolicy('default', { createScriptURL: (url) => ownScriptUrl(url, base) });
}
