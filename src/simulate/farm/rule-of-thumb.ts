/** The rule of thumb of the documentation of Spacemesh, compared with a drive. */
import { unitBytes } from '../../protocol/units';
import { whole } from '../inputs';
import { probabilityDone, type ProvingInput } from '../proving/throughput';
import { driveModel } from './fleet';

/** The documentation's rule of thumb, an identity of 4 TiB, compared with a drive. */
export interface RuleOfThumb {
  readonly units: number;
  readonly passS: number;
  readonly passesThatFit: number;
  readonly probability: number;
  /** Two passes fit: the rule's own promise. */
  readonly holds: boolean;
}

/** @param drives read side by side, each with such an identity: they share the processor */
export function ruleOfThumb(input: Omit<ProvingInput, 'numUnits'>, drives = 1): RuleOfThumb {
  const units = 4096 / (unitBytes(input.labelsPerUnit) / 2 ** 30);
  const model = driveModel(
    { ...input, numUnits: units, identities: 1, drives },
    units,
    whole(drives, 'drives', 1, 100_000),
  );
  const attemptS = model.passS + model.powMeanS;
  const passesThatFit = attemptS > 0 ? Math.floor(model.availableS / attemptS) : model.maxPasses;
  return {
    units,
    passS: model.passS,
    passesThatFit,
    probability: probabilityDone(model, model.availableS),
    holds: passesThatFit >= 2,
  };
}
