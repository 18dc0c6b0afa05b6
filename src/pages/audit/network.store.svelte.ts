/** The network of the audit: found out from the database, a preset, or a node's config; every field editable, in the address. */
import { auditNetworks, findNetwork, type AuditNetwork } from '../../audit/network';
import { readConfig } from '../../node/config/config';
import type { EligibilityRules } from '../../protocol/eligibility';
import type { Database } from '../../state/database';
import { attempt } from '../../ui/attempt';
import { route } from '../../ui/route.svelte';
import { session } from '../shared/session.svelte';
import { network as stateNetwork } from '../shared/network.svelte';
import {
  fieldNames,
  fieldProblem,
  networkOf,
  presetNames,
  eligibilityRulesOf,
  textsOf,
  textsOfConfig,
  type FieldName,
  type FieldTexts,
  type PresetName,
} from './network-fields';

/** Where the fields come from: `found` out of the database, a preset by its name, or the dropped `config`. */
export type NetworkSource = 'found' | PresetName | 'config';

export class AuditNetworkStore {
  /** What the database tells; undefined until it was asked, null if it does not. */
  #found = $state.raw<AuditNetwork | null>();
  /** Why the database could not be asked: then nothing is known about its signatures. */
  lookError = $state.raw<unknown>();

  /** Asked in the address; else what was dropped, else what the database tells. */
  readonly source: NetworkSource = $derived.by(() => {
    const asked = route.param('net');
    if (asked === 'config' && session.nodeConfig) return 'config';
    return presetNames.find((name) => name === asked) ?? 'found';
  });

  /** False while the database is being asked. */
  readonly ready: boolean = $derived(
    this.source !== 'found' || this.#found !== undefined || this.lookError !== undefined,
  );
  /** The database was asked and does not tell. */
  readonly unknown: boolean = $derived(this.source === 'found' && this.#found === null);

  /** "mainnet", or how it was found. */
  readonly name: string = $derived(
    this.source === 'found'
      ? (this.#found?.name ?? 'mainnet')
      : this.source === 'config'
        ? `as in ${session.nodeConfig?.name ?? 'the config'}`
        : this.source,
  );

  readonly #base: FieldTexts = $derived.by(() => {
    if (this.source === 'found') return textsOf(this.#found ?? auditNetworks.mainnet);
    if (this.source !== 'config') return textsOf(auditNetworks[this.source]);
    const read = attempt(() => textsOfConfig(readConfig(session.nodeConfig?.text ?? '{}').config));
    return 'value' in read ? read.value : textsOf(auditNetworks.mainnet);
  });

  /** What is in the fields. */
  readonly texts: FieldTexts = $derived(
    Object.fromEntries(
      fieldNames.map((name) => [name, route.param(name, this.#base[name])]),
    ) as FieldTexts,
  );

  /** Fields that were changed. */
  readonly changed: readonly FieldName[] = $derived(
    fieldNames.filter((name) => this.texts[name] !== this.#base[name]),
  );

  put(name: FieldName, text: string): void {
    route.update({ [name]: text === this.#base[name] ? undefined : text });
  }

  problem(name: FieldName): string | undefined {
    return fieldProblem(name, this.texts[name]);
  }

  choose(source: NetworkSource): void {
    route.update({
      ...Object.fromEntries(fieldNames.map((name) => [name, undefined])),
      net: source === 'found' ? undefined : source,
    });
  }

  /** Asks a database that was just opened. */
  async look(database: Database, signal: AbortSignal): Promise<void> {
    this.#found = this.lookError = undefined;
    try {
      const found = await findNetwork(database, { signal });
      if (!signal.aborted) this.#found = found ?? null;
    } catch (error) {
      if (!signal.aborted) this.lookError = error;
    }
  }

  /** @throws WorkbenchError naming the field that cannot be read */
  get value(): AuditNetwork {
    return networkOf(this.name, this.texts, stateNetwork.layersPerEpoch);
  }

  /** @throws WorkbenchError naming the field that cannot be read */
  get rewards(): EligibilityRules {
    return eligibilityRulesOf(stateNetwork.layersPerEpoch, this.texts);
  }
}
