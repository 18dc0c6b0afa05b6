/** The measures as they are set: which are on is in the address beside their numbers. */
import { newPostDefaults, type NewPostRules } from '../../simulate/proving/newpost';
import type { Measures } from '../../simulate/network/types';
import { Inputs } from '../../ui/inputs.svelte';
import { route } from '../../ui/route.svelte';

export type MeasureId = keyof Measures;
const ids: readonly MeasureId[] = ['merge', 'newPost', 'everyOtherEpoch', 'minimum', 'noGuarantee'];
/** The announcement's own plan. */
const initially = 'merge,newPost';

const fromEpoch = { label: 'From epoch', unit: 'of the run', rule: { min: 0, step: 1 } } as const;
const percent = { min: 0, max: 100 } as const;

export class MeasuresForm {
  readonly inputs = new Inputs({
    mf: { ...fromEpoch, initial: '6', hint: 'Merged ATXs come two epochs later.' },
    mh: { label: 'Home smeshers that merge', unit: '%', initial: '0', rule: percent },
    ms: { label: 'Semi-professional', unit: '%', initial: '50', rule: percent },
    mi: { label: 'Industrial', unit: '%', initial: '90', rule: percent },
    mo: { label: 'Epochs until they have merged', initial: '6', rule: { min: 0 } },
    pf: { ...fromEpoch, initial: '18' },
    pb: {
      label: 'Labels in a proof of 1 SU',
      initial: String(newPostDefaults.baseLabels),
      rule: { min: 3, max: 100_000 },
    },
    pd: {
      label: 'More labels per doubling',
      initial: String(newPostDefaults.labelsPerDoubling),
      rule: { min: 0, max: 10_000 },
    },
    ph: {
      label: 'k2pow of 16 nonces',
      unit: 'hashes, whatever the size',
      initial: String(newPostDefaults.hashesPerGroup),
      rule: { min: 0 },
    },
    pr: {
      label: 'Nonces that bring full weight',
      initial: String(newPostDefaults.referenceNonces),
      rule: { min: 16, max: 4096, step: 16 },
    },
    of: { ...fromEpoch, initial: '6' },
    ou: {
      label: 'Until epoch',
      initial: 'Infinity',
      hint: '“Infinity”: permanently.',
      rule: { min: 0, takesInfinity: true },
    },
    nf: { ...fromEpoch, initial: '6' },
    nu: { label: 'Smallest ATX that counts', unit: 'SU', initial: '64', rule: { min: 0 } },
    gf: { ...fromEpoch, initial: '6' },
  });

  readonly on: readonly MeasureId[] = $derived.by(() => {
    const named = route.param('m', initially).split(',');
    return ids.filter((id) => named.includes(id));
  });
  readonly lottery: boolean = $derived(route.param('lot') === '1');

  readonly newPostRules: NewPostRules = $derived({
    baseLabels: this.inputs.number('pb'),
    labelsPerDoubling: this.inputs.number('pd'),
    hashesPerGroup: this.inputs.number('ph'),
    referenceNonces: this.inputs.number('pr'),
  });

  readonly measures: Measures = $derived.by(() => {
    const of = (name: keyof typeof this.inputs.specs): number => this.inputs.number(name);
    const measures: Measures = {
      merge: {
        fromEpoch: of('mf'),
        adoption: { home: of('mh') / 100, semi: of('ms') / 100, industrial: of('mi') / 100 },
        overEpochs: of('mo'),
      },
      newPost: { fromEpoch: of('pf'), rules: this.newPostRules },
      everyOtherEpoch: { fromEpoch: of('of'), untilEpoch: of('ou') },
      minimum: { fromEpoch: of('nf'), units: of('nu') },
      noGuarantee: { fromEpoch: of('gf'), below: this.lottery ? 'lottery' : 'none' },
    };
    return Object.fromEntries(
      Object.entries(measures).filter(([id]) => this.on.includes(id as MeasureId)),
    );
  });

  toggle(id: MeasureId, on: boolean): void {
    this.#use(ids.filter((one) => (one === id ? on : this.on.includes(one))));
  }

  toggleLottery(on: boolean): void {
    route.update({ lot: on ? 1 : undefined });
  }

  /** Fills in one of the announcement's own. */
  use({ merge, newPost, everyOtherEpoch, minimum, noGuarantee }: Measures): void {
    this.inputs.set({
      ...(merge
        ? {
            mf: merge.fromEpoch,
            mh: merge.adoption.home * 100,
            ms: merge.adoption.semi * 100,
            mi: merge.adoption.industrial * 100,
            mo: merge.overEpochs ?? 1,
          }
        : {}),
      ...(newPost ? { pf: newPost.fromEpoch } : {}),
      ...(everyOtherEpoch ? { of: everyOtherEpoch.fromEpoch, ou: 'Infinity' } : {}),
      ...(minimum ? { nf: minimum.fromEpoch, nu: minimum.units } : {}),
      ...(noGuarantee ? { gf: noGuarantee.fromEpoch } : {}),
    });
    const given = { merge, newPost, everyOtherEpoch, minimum, noGuarantee };
    this.#use(ids.filter((id) => given[id] !== undefined));
    if (noGuarantee) this.toggleLottery(noGuarantee.below === 'lottery');
  }

  reset(): void {
    this.inputs.reset();
    route.update({ m: undefined, lot: undefined });
  }

  #use(on: readonly MeasureId[]): void {
    const text = on.length > 0 ? on.join(',') : 'none';
    route.update({ m: text === initially ? undefined : text });
  }
}
