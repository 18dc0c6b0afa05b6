/** What a proof is made for: challenge and the network's parameters, as the address keeps them. */
import { toHex } from '../../base/bytes';
import { networkParameters } from '../../protocol/parameters';
import { route } from '../../ui/route.svelte';

const presets = networkParameters;
export type ParameterPreset = keyof typeof presets;
export const networkNames = Object.keys(presets) as ParameterPreset[];

export class ParametersForm {
  challenge = $state(route.param('challenge', '00'.repeat(32)));
  network = $state<ParameterPreset>('mainnet');
  k1 = $state('');
  k2 = $state('');
  k3 = $state('');
  powDifficulty = $state('');
  scryptN = $state('');

  constructor() {
    const named = networkNames.find((name) => name === route.param('network'));
    this.choose(named ?? 'mainnet');
    for (const field of ['k1', 'k2', 'k3', 'powDifficulty', 'scryptN'] as const)
      if (route.params.has(field)) this[field] = route.param(field);
  }

  choose(network: ParameterPreset): void {
    const { k1, k2, k3, powDifficulty, scryptN } = presets[network];
    this.network = network;
    this.k1 = String(k1);
    this.k2 = String(k2);
    this.k3 = String(k3);
    this.powDifficulty = toHex(powDifficulty);
    this.scryptN = String(scryptN);
  }

  /** The network with this number of labels per unit, so that the sample opens with its own rules. */
  chooseFor(labelsPerUnit: bigint): void {
    const fitting = networkNames.find((name) => presets[name].labelsPerUnit === labelsPerUnit);
    if (fitting && !route.params.has('network')) this.choose(fitting);
  }

  share(): void {
    const preset = presets[this.network];
    const unless = (value: string, usual: string): string | undefined =>
      value === usual ? undefined : value;
    route.update({
      network: this.network === 'mainnet' ? undefined : this.network,
      challenge: unless(this.challenge, '00'.repeat(32)),
      k1: unless(this.k1, String(preset.k1)),
      k2: unless(this.k2, String(preset.k2)),
      k3: unless(this.k3, String(preset.k3)),
      powDifficulty: unless(this.powDifficulty, toHex(preset.powDifficulty)),
      scryptN: unless(this.scryptN, String(preset.scryptN)),
    });
  }

  /** The numbers as the jobs take them; they reject what is not a whole number, by name. */
  get values() {
    return {
      challenge: this.challenge,
      k1: Number(this.k1),
      k2: Number(this.k2),
      powDifficulty: this.powDifficulty,
      scryptN: Number(this.scryptN),
    };
  }
}
