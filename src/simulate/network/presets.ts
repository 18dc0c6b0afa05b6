/** Where a run may start from, and what may be put side by side. */
import type { NewPostRules } from '../proving/newpost';
import { newPostDefaults } from '../proving/newpost';
import type { Measures, NetworkInput } from './types';

export interface NetworkPreset {
  readonly id: 'expectation' | 'reality';
  readonly title: string;
  readonly text: string;
  readonly input: Pick<NetworkInput, 'assumptions'>;
}

const source = '"Reducing Network Load"';

export const networkPresets: readonly NetworkPreset[] = [
  {
    id: 'expectation',
    title: 'As it was expected',
    text: `${source}: an industrial smesher with petabytes publishes one ATX or a handful. No smesher splits to save work.`,
    input: {
      assumptions: Object.fromEntries(
        ['home', 'semi', 'industrial'].flatMap((name) => [
          [`${name}.followsCheapest`, 0],
          [`${name}.reinitialise`, 0],
        ]),
      ),
    },
  },
  {
    id: 'reality',
    title: 'As it came',
    text: `${source}: more than a hundred times the ATXs that were expected for this storage. Industrial and semi-professional smeshers hold the smallest identities there are, which node limits raised to 8 million ATXs also speak for.`,
    input: {
      assumptions: {
        'semi.startSplit': 0.9,
        'industrial.startSplit': 1,
        // Small enough for identities of the minimum to pay: about 4 SU, as 20 million SU and millions of ATXs come to.
        'semi.identityUsd': 0.001,
        'industrial.identityUsd': 0.0002,
      },
    },
  },
];

/** The measures that the announcement names, each alone and in its own order. */
export function measurePresets(fromEpoch: number): readonly {
  readonly id: string;
  readonly title: string;
  readonly measures: Measures;
}[] {
  const newPost: { readonly fromEpoch: number; readonly rules: NewPostRules } = {
    fromEpoch,
    rules: newPostDefaults,
  };
  // Small smeshers are advised not to merge; most large ones are expected to.
  const merge = {
    fromEpoch,
    adoption: { home: 0, semi: 0.5, industrial: 0.9 },
    overEpochs: 6,
  } as const;
  return [
    { id: 'nothing', title: 'Do nothing', measures: {} },
    { id: 'merge', title: 'ATX Merge', measures: { merge } },
    { id: 'new-post', title: 'New PoST', measures: { newPost } },
    {
      id: 'plan',
      title: 'ATX Merge, then the new PoST',
      measures: { merge, newPost: { ...newPost, fromEpoch: fromEpoch + 12 } },
    },
    {
      id: 'every-other',
      title: 'Emergency: eligible every other epoch',
      measures: { everyOtherEpoch: { fromEpoch } },
    },
    {
      id: 'minimum',
      title: 'Emergency: at least 64 SU',
      measures: { minimum: { fromEpoch, units: 64 } },
    },
    {
      id: 'no-guarantee',
      title: 'Emergency: no guaranteed slot',
      measures: { noGuarantee: { fromEpoch, below: 'none' } },
    },
  ];
}
