/** What a k2pow is searched for: one nonce group of one identity, as the address keeps it. */
import type { K2powRequest, K2powResult, PowProgress } from '../../post/k2pow/k2pow';
import { readBytes } from '../../base/bytes';
import { expectedHashes, scalePowDifficulty } from '../../protocol/k2pow';
import { WorkbenchError } from '../../base/error';
import { networkParameters } from '../../protocol/parameters';
import { Inputs } from '../../ui/inputs.svelte';
import { Job } from '../../ui/job.svelte';

export const powInputs = new Inputs({
  challenge: {
    kind: 'text',
    label: 'Challenge',
    unit: '32 bytes, hex or base64',
    initial: '00'.repeat(32),
    hint: 'Only its first 8 bytes count.',
  },
  nodeId: {
    kind: 'text',
    label: 'NodeId (smesher ID)',
    unit: '32 bytes, hex or base64',
    initial: '',
  },
  group: {
    label: 'Nonce group',
    initial: '0',
    hint: 'Group 0 is nonces 0 to 15, group 1 is 16 to 31, up to 255.',
    rule: { min: 0, max: 255, step: 1 },
  },
  groups: {
    label: 'Groups',
    initial: '1',
    hint: 'Number of groups from that one on.',
    rule: { min: 1, max: 256, step: 1 },
  },
  units: { label: 'Size', unit: 'SU', initial: '4', rule: { min: 1, max: 2 ** 32 - 1, step: 1 } },
  difficulty: {
    kind: 'text',
    label: 'Difficulty of one SU',
    unit: '32 bytes hex',
    initial: Array.from(networkParameters.mainnet.powDifficulty, (byte) =>
      byte.toString(16).padStart(2, '0'),
    ).join(''),
    hint: 'Mainnet’s; divided by the SU.',
  },
});

export interface PowPlan {
  readonly requests: readonly K2powRequest[];
  /** Mean hashes of one group. */
  readonly hashesPerGroup: number;
}

/** @throws WorkbenchError, InputError at the first input that is not valid */
export function powPlan(): PowPlan {
  const units = powInputs.checked('units');
  const difficulty = scalePowDifficulty(
    readBytes(powInputs.text('difficulty'), 32, 'The difficulty'),
    units,
  );
  const [group, groups] = [powInputs.checked('group'), powInputs.checked('groups')];
  if (group + groups > 256)
    throw new WorkbenchError(
      'input-not-valid',
      `Groups ${group} to ${group + groups - 1} are not all possible: the last one is 255. Enter fewer groups.`,
      { group, groups },
    );
  const nodeId = readBytes(powInputs.text('nodeId'), 32, 'The NodeId');
  const challenge = readBytes(powInputs.text('challenge'), 32, 'The challenge');
  return {
    requests: Array.from({ length: groups }, (_, i) => ({
      ...{ challenge, nodeId, difficulty },
      nonceGroup: group + i,
    })),
    hashesPerGroup: expectedHashes(difficulty),
  };
}

export interface FoundPow {
  readonly nonceGroup: number;
  readonly pow: bigint;
  readonly hashes: number;
}

/** Outlives the tab it is shown in: a search goes on while the user looks elsewhere. */
class PowSearch {
  readonly job = new Job<readonly FoundPow[], PowProgress & { readonly nonceGroup: number }>();
  /** What the job is at. */
  phase = $state('');
  found = $state.raw<readonly FoundPow[]>([]);
  /** What a search that ended early left to do. */
  rest = $state.raw<{ readonly group: number; readonly groups: number; readonly from: bigint }>();
}

export const powSearch = new PowSearch();

export const foundPow = (nonceGroup: number, { pow, hashes }: K2powResult): FoundPow => ({
  nonceGroup,
  pow,
  hashes,
});
