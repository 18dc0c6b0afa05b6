/** The reference of `window.workbench`, which the build makes from its types (scripts/api.mjs). */
import { WorkbenchError } from '../../base/error';

export interface ReferenceCall {
  /** `workbench.state.open` */
  readonly path: string;
  readonly signature: string;
  readonly text: string;
  /** Names of the types in the signature. */
  readonly types: readonly string[];
}

export interface Reference {
  readonly calls: readonly ReferenceCall[];
  readonly types: Readonly<
    Record<string, { readonly text: string; readonly types: readonly string[] }>
  >;
}

/** @throws WorkbenchError `reference-not-loaded`; AbortError */
export async function loadReference(signal: AbortSignal): Promise<Reference> {
  const response = await fetch('./workbench-api.json', { signal });
  if (!response.ok)
    throw new WorkbenchError(
      'reference-not-loaded',
      `The server answered ${response.status} instead of the reference. Reload the page.`,
      { status: response.status },
    );
  return (await response.json()) as Reference;
}

/** Calls by their group: `workbench.state`; those of no group are under `workbench`. */
export function groupedCalls(
  calls: readonly ReferenceCall[],
): readonly (readonly [group: string, calls: readonly ReferenceCall[]])[] {
  const groups = new Map<string, ReferenceCall[]>();
  for (const call of calls) {
    const group = call.path.slice(0, call.path.lastIndexOf('.'));
    groups.set(group, [...(groups.get(group) ?? []), call]);
  }
  return [...groups];
}

/** The declarations of the types that a call names, and of those that they name, each once. */
export function typesOf(reference: Reference, call: ReferenceCall): readonly string[] {
  const names = new Set<string>();
  const waiting = [...call.types];
  for (let name; (name = waiting.pop()) !== undefined;) {
    const type = reference.types[name];
    if (!type || names.has(name)) continue;
    names.add(name);
    waiting.push(...type.types);
  }
  return [...names].sort().map((name) => reference.types[name]?.text ?? '');
}
